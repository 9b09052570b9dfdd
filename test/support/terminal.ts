import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runTool } from './run-tool.ts';

/** A real terminal, that of tmux, in which a command runs. */
export interface TestTerminal extends AsyncDisposable {
  /** What stands on the screen, a line each. */
  screen(): Promise<string>;
  /** The screen as soon as it matches. */
  waitFor(pattern: RegExp): Promise<string>;
  /** Presses keys: characters, or names such as `Enter`, `Down` and `C-c`. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether a program has the screen for itself, and whether the cursor can be seen. */
  state(): Promise<{ readonly isAlternate: boolean; readonly hasCursor: boolean }>;
  /** Process id of the command. */
  pid(): Promise<number>;
}

/** How long a screen may take to show what is waited for, milliseconds. */
const WAIT_MS = 20_000;

/** How often it is looked at, milliseconds. */
const LOOK_MS = 50;

/** Opens a terminal. When the command has ended, the screen shows `ended CODE` below what it has left. */
export async function openTerminal(
  command: readonly string[],
  { columns = 80, rows = 24 }: { readonly columns?: number; readonly rows?: number } = {},
): Promise<TestTerminal> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-terminal-'));
  const env = { LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', TMUX: '' };
  const base = ['-u', '-S', join(folder, 'tmux.sock'), '-f', '/dev/null'];
  const server = runTool('tmux', [...base, '-D'], { env }); // in the foreground: it ends with the test
  const tmux = async (...args: readonly string[]): Promise<string> => {
    await using client = runTool('tmux', [...base, '-N', ...args], { env });
    return await client.output;
  };
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const size = ['-x', String(columns), '-y', String(rows)];
  const begin = ['new-session', '-d', ...size, `${words}; echo "ended $?"; exec cat`];
  const deadlineMs = performance.now() + WAIT_MS;
  while (
    !(await tmux(...begin).then(
      () => true,
      () => false,
    ))
  ) {
    if (performance.now() > deadlineMs) throw new Error(`tmux does not start: ${server.stderr}`);
    await delay(LOOK_MS); // its socket is not there yet
  }
  await tmux('set-option', '-g', 'window-size', 'manual');
  const screen = (): Promise<string> => tmux('capture-pane', '-p');
  return {
    screen,
    waitFor: async (pattern) => {
      const endMs = performance.now() + WAIT_MS;
      for (;;) {
        const shown = await screen();
        if (pattern.test(shown)) return shown;
        if (performance.now() > endMs) throw new Error(`the screen does not show ${pattern}:\n${shown}`);
        await delay(LOOK_MS);
      }
    },
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    resize: async (toColumns, toRows) =>
      void (await tmux('resize-window', '-x', String(toColumns), '-y', String(toRows))),
    state: async () => {
      const [alternate, cursor] = (
        await tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}')
      ).split(' ');
      return { isAlternate: alternate === '1', hasCursor: cursor?.trim() === '1' };
    },
    pid: async () => {
      const shell = (await tmux('display-message', '-p', '#{pane_pid}')).trim();
      await using children = runTool('ps', ['-o', 'pid=', '--ppid', shell]);
      return Number((await children.output).trim().split('\n')[0]);
    },
    [Symbol.asyncDispose]: async () => {
      await tmux('kill-server').catch(() => {});
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
