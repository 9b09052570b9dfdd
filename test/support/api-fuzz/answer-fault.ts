import type { DocumentedOperation } from './api-document.ts';
import type { WildAnswer } from './send-request.ts';
import type { WildRequest } from './wild-requests.ts';

/**
 * What is wrong with an answer, if anything is.
 * @param secrets - parts of what nobody may see, in whatever letters
 */
export function answerFault(
  operations: readonly DocumentedOperation[],
  { method, path }: WildRequest,
  answer: WildAnswer,
  secrets: readonly string[],
): string | undefined {
  const { status, headers, text } = answer;
  const shown = `${text}\n${JSON.stringify(headers)}`.toLowerCase();
  if (secrets.some((secret) => shown.includes(secret.toLowerCase()))) return 'it shows a secret';
  if (status === 500) return 'it fails';
  if (isUnread(answer)) return undefined;
  if (headers['x-content-type-options'] !== 'nosniff') return 'it has no safe headers';
  const [bare = ''] = path.split('?', 1);
  const asked = operations.find((one) => one.method === method && patternOf(one.path).test(bare));
  if (asked === undefined || method === 'HEAD') return undefined;
  const described = asked.answers.get(status);
  if (described === undefined)
    return status < 500 && isError(text) ? undefined : `it answers ${status}, which is not documented`;
  if (described === 'none') return text === '' ? undefined : 'it has a body';
  if (!headers['content-type']?.startsWith(described.contentType)) return `it is ${headers['content-type']}`;
  const problem = described.json?.safeParse(JSON.parse(text)).error;
  return problem === undefined ? undefined : `it does not fit its schema: ${problem.message}`;
}

/** What node:http itself does not take for a request: a head that is too large, or none. */
function isUnread({ status, headers, text }: WildAnswer): boolean {
  return [400, 431].includes(status) && text === '' && headers['content-type'] === undefined;
}

function isError(text: string): boolean {
  const { error, message } = JSON.parse(text) as Record<string, unknown>;
  return typeof error === 'string' && typeof message === 'string';
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
