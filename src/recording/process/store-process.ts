/**
 * The store's process. The relay that starts it says on its standard input, a line of JSON each, where to listen and by which settings, and
 * later other settings. When that ends the relay is gone: what is being recorded is finished, and the process ends.
 */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileReason } from '../../errors.ts';
import { AuditLog } from '../sealing/audit-log.ts';
import { processMark } from '../store/process-mark.ts';
import type { RecordingUploads } from '../store/recording-uploads.ts';
import { Store, type StoreEvents } from '../store/store.ts';
import type { RecordingStoreSettings, StoreAct } from '../store/store-settings.ts';
import { FileForms } from './file-forms.ts';
import { LinkConnection } from './link-connection.ts';
import { lineReader, type StoreLine, type StoreStart } from './store-messages.ts';
import { UploadBulletin } from './upload-bulletin.ts';

/** Settings are no longer than this, characters. */
const MAX_LINE_LENGTH = 2 ** 20;

/** What is on its way from threads of a relay that has gone has so long, milliseconds. */
const FAREWELL_MS = 2000;

/** How often it says what it takes, milliseconds. */
const USAGE_MS = 2000;

/** @returns what the store goes by from now on */
export async function runStore({ socketPath, settings }: StoreStart): Promise<RunningStore> {
  const mark = await processMark(process.pid);
  if (mark === undefined) throw new Error('the process does not find itself');
  const connections = new Set<LinkConnection>();
  const uploadNews = new UploadBulletin();
  const voice = {
    tell: (level: 'info' | 'warn', sentence: string) => say({ say: 'told', level, sentence }),
    audit: (act: StoreAct) => audit.note(act),
  };
  const audit = new AuditLog(settings.folder, (problem) => voice.tell('warn', problem));
  const forms = new FileForms();
  forms.read(settings);
  const uploads = await uploadsOf(settings);
  const events: StoreEvents = {
    ...voice,
    onState: (state, sentence) => {
      for (const connection of connections) connection.onState(state, sentence);
    },
    onExpired: (recording) => {
      for (const connection of connections) connection.onExpired(recording);
    },
    onUpload: (news) => {
      uploadNews.tell(news);
    },
  };
  const store = await Store.open(settings, forms.current, mark, events, uploads);
  const server = createServer((socket) => {
    const connection = new LinkConnection(socket, store, voice, {
      onFollow: () => uploadNews.follow(connection),
      onClose: () => {
        connections.delete(connection);
        uploadNews.leave(connection);
      },
    });
    connections.add(connection);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    configure: (changed) => {
      try {
        forms.read(changed);
      } catch (error) {
        voice.tell('warn', `the keys of recordings stay as they are: ${fileReason(error)}`);
      }
      store.configure(changed, forms.current);
    },
    close: async () => {
      server.close();
      const end = Date.now() + FAREWELL_MS;
      while (connections.size > 0 && Date.now() < end) await delay(10);
      for (const connection of connections) connection.destroy();
      await store.close('the relay has gone');
      await audit.flush();
      await rm(dirname(socketPath), { recursive: true, force: true });
    },
  };
}

/** What it takes is loaded only where there are uploads. */
async function uploadsOf({ upload }: RecordingStoreSettings): Promise<RecordingUploads | undefined> {
  if (upload === undefined) return undefined;
  const { openUploads } = await import('../upload/open-uploads.ts');
  return openUploads(upload, (figures) => say({ say: 'uploads', figures }));
}

/** A store that serves. */
export interface RunningStore {
  configure(settings: RecordingStoreSettings): void;
  /** Finishes what is recorded, and ends. */
  close(): Promise<void>;
}

/** Serves whoever has started this process, until that one goes. */
export async function serveParent(): Promise<void> {
  // a terminal and a service manager tell all processes of a group: the relay says when it is over
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdout.on('error', () => {}); // the parent has gone, which the input tells
  let running: Promise<RunningStore> | undefined;
  const onLine = (line: string): void => {
    if (running === undefined) running = start(JSON.parse(line) as StoreStart);
    else void running.then((store) => store.configure(JSON.parse(line) as RecordingStoreSettings));
  };
  process.stdin.setEncoding('utf8').on('data', lineReader(onLine, MAX_LINE_LENGTH));
  await once(process.stdin, 'close');
  await (await running)?.close();
}

async function start(begin: StoreStart): Promise<RunningStore> {
  try {
    const store = await runStore(begin);
    say({ say: 'ready' });
    sayUsage();
    setInterval(sayUsage, USAGE_MS).unref();
    return store;
  } catch (error) {
    throw new Error(`the store cannot use ${begin.settings.folder}: ${fileReason(error)}`, { cause: error });
  }
}

function sayUsage(): void {
  const { user, system } = process.cpuUsage();
  say({
    say: 'usage',
    usage: { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() },
  });
}

function say(line: StoreLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
