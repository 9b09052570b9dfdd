/** What keeps a command from running, told on standard error before there is a log, or instead of one. */
import { asksForJsonLog } from './config/log-settings.ts';
import { pinoLog } from './log.ts';

/** Tells it as text, or as lines of a log where the log is asked for as JSON. */
export function complain(event: 'config' | 'failed' | 'usage', text: string): void {
  const { argv, env } = process;
  if (!asksForJsonLog(env, configFileIn(argv.slice(2)) ?? env['STREAMPUMP_CONFIG'])) {
    console.error(text);
    return;
  }
  const log = pinoLog('error', undefined, process.stderr);
  for (const line of text.split('\n')) log.error(event, line.replace(/^error: /, ''));
}

/** The config file on a command line that may be wrong elsewhere. */
function configFileIn(args: readonly string[]): string | undefined {
  const at = args.findLastIndex((arg) => /^(?:-c|--config$|--config=)/.test(arg));
  const arg = args[at];
  if (arg === undefined) return undefined;
  return arg === '-c' || arg === '--config' ? args[at + 1] : arg.replace(/^(?:-c|--config=)/, '');
}
