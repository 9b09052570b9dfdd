import { parseMediaUrl } from '../../media-url.ts';

/** What is wrong with the URL of a hook, as a sentence that begins with "expected"; undefined when nothing is. */
export function hookUrlProblem(url: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the URL parser would drop some of them
  if (/[\u0000-\u0020\u007f#]/.test(url)) return 'expected a URL without spaces, control characters and #';
  if (!/^https?:/i.test(url) || parseMediaUrl(url) === undefined)
    return 'expected a URL such as http://127.0.0.1:9000/hook or https://hooks.example/streampump';
  return undefined;
}
