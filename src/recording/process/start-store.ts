import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UploadFigures } from '../store/recording-uploads.ts';
import type { RecordingStoreSettings } from '../store/store-settings.ts';
import { lineReader, type StoreLine, type StoreUsage } from './store-messages.ts';

/** Of what a store writes when it fails the end is kept, characters. */
const MAX_FAULT_LENGTH = 2000;
const MAX_LINE_LENGTH = 65_536;

/** What a store tells the one who has started it. */
export interface StoreProcessEvents {
  /** A line for the log. */
  onTold(level: 'info' | 'warn', sentence: string): void;
  /** How its uploads stand now, since it was started. */
  onUploads?(figures: UploadFigures): void;
  /** What the process takes: at its start, and every few seconds. */
  onUsage?(usage: StoreUsage): void;
  /** It is over. @param fault - what it wrote about that, or by which signal it ended; empty after {@link StoreProcess.stop} */
  onExit(fault: string): void;
}

/** The process of a store, as the one who has started it sees it. */
export interface StoreProcess {
  readonly pid: number;
  /** Where threads of the relay reach it. */
  readonly socketPath: string;
  /** Resolves when it listens; rejects when it ends before that. */
  readonly ready: Promise<void>;
  /** Other settings hold from now on. */
  configure(settings: RecordingStoreSettings): void;
  /** Has it finish what is recorded, and end; resolves when it has. Connections of threads have to be closed. */
  stop(): Promise<void>;
  /** Ends it at once, also where its disk hangs. */
  kill(): void;
}

/** Starts the process of a store. @throws what the file system says of the folder for its socket */
export async function startStore(
  settings: RecordingStoreSettings,
  events: StoreProcessEvents,
): Promise<StoreProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-'));
  const socketPath = join(folder, 'store');
  const self = fileURLToPath(import.meta.url);
  const main = join(dirname(self), `store-main${extname(self)}`);
  const child = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => {}); // it has ended, which 'close' tells
  let fault = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    fault = (fault + text).slice(-MAX_FAULT_LENGTH);
  });
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  ready.catch(() => {}); // whoever does not wait hears of the exit
  const onLine = (text: string): void => {
    const line = JSON.parse(text) as StoreLine;
    if (line.say === 'ready') resolve();
    else if (line.say === 'uploads') events.onUploads?.(line.figures);
    else if (line.say === 'usage') events.onUsage?.(line.usage);
    else events.onTold(line.level, line.sentence);
  };
  child.stdout?.setEncoding('utf8').on('data', lineReader(onLine, MAX_LINE_LENGTH));
  const write = (line: unknown): void => {
    child.stdin?.write(`${JSON.stringify(line)}\n`);
  };
  const ended = ending(child).then(async (how) => {
    await rm(folder, { recursive: true, force: true });
    const text = fault === '' ? how : fault;
    reject(new Error(text));
    events.onExit(text);
  });
  write({ socketPath, settings });
  return {
    pid: child.pid ?? 0,
    socketPath,
    ready,
    configure: write,
    stop: async () => {
      child.stdin?.end();
      await ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** @returns how a process has ended: empty where that was in order */
async function ending(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code === 0) return '';
    return signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
  } catch (error) {
    return (error as Error).message;
  }
}
