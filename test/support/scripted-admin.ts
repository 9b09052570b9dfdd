import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WarningEvent } from '../../src/pages/console/api.d.ts';
import type { SessionEntry, StatusEvent } from '../../src/pages/status/api.d.ts';
import type { RelayStatus, SessionStatus, StreamStatus } from '../../src/service/admin/relay-status.ts';
import { relayPage } from '../../src/service/admin/status-page.ts';
import { sendAnswer } from '../../src/service/pages/page-answer.ts';

/** Events, as the page reads them. */
interface EventTexts {
  readonly status: StatusEvent;
  readonly warning: WarningEvent;
}

/** An admin listener that says what a test wants: for more sessions than a test could open, and for what is rare. */
export interface ScriptedAdmin extends AsyncDisposable {
  readonly url: string;
  /** Sends an event to every page that follows. */
  send<T extends keyof EventTexts>(type: T, data: EventTexts[T]): void;
  /** Ends the connections of those that follow, as a relay that stops does. */
  cut(): void;
  /** Whoever ends a session has to show this token; nobody has to show any where it is undefined. */
  token: string | undefined;
  /** Etag of the page from now on. */
  edition: string | undefined;
  sessions: SessionStatus[];
  /** What else there is below `/api/v1/`. */
  readonly answers: Map<string, unknown>;
  /** Resolves when so many pages follow. */
  followed(count?: number): Promise<void>;
}

/** Starts one on a free port. @param port - another than any free one */
export async function startScriptedAdmin(port = 0): Promise<ScriptedAdmin> {
  const followers = new Set<ServerResponse>();
  const waiting: { readonly count: number; readonly go: () => void }[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const admin: ScriptedAdmin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: undefined,
    edition: undefined,
    sessions: [],
    answers: new Map(
      ['upstreams', 'forwards', 'hooks', 'bans'].map((name) => [name, { items: [], next: null }]),
    ),
    send: (type, data) => {
      const text = `event: ${type}\nid: 1\ndata: ${JSON.stringify(data)}\n\n`;
      for (const follower of followers) follower.write(text);
    },
    cut: () => {
      for (const follower of followers) follower.destroy();
    },
    followed: (count = 1) =>
      new Promise((go) => {
        if (followers.size >= count) go();
        else waiting.push({ count, go });
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return admin;

  function page({ searchParams: query }: URL): {
    readonly items: readonly SessionEntry[];
    readonly next: string | null;
  } {
    const after = query.get('after');
    const start = after === null ? 0 : admin.sessions.findIndex(({ id }) => id === after) + 1;
    const items = admin.sessions.slice(start, start + Number(query.get('limit') ?? 100));
    const isEnd = start + items.length >= admin.sessions.length;
    return { items, next: isEnd ? null : (items.at(-1)?.id ?? null) };
  }

  function end(id: string, query: URLSearchParams): number {
    const before = admin.sessions.length;
    const isMeant = (session: SessionStatus): boolean =>
      session.id === id || session.stream === query.get('stream') || session.address === query.get('address');
    admin.sessions = admin.sessions.filter((session) => !isMeant(session));
    return before - admin.sessions.length;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', admin.url);
    const path = url.pathname.replace('/api/v1/', '');
    if (path === 'events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': \n\n');
      followers.add(response);
      response.on('close', () => followers.delete(response));
      for (const { count, go } of waiting) if (followers.size >= count) go();
    } else if (request.method === 'DELETE') {
      const mayDo = admin.token === undefined || request.headers.authorization === `Bearer ${admin.token}`;
      if (!mayDo) json(response, 401, { error: 'unauthorized', message: 'show a token' });
      else json(response, 200, { ended: end(path.replace(/^sessions\/?/, ''), url.searchParams) });
    } else if (path === 'sessions') json(response, 200, page(url));
    else if (admin.answers.has(path)) json(response, 200, admin.answers.get(path));
    else {
      const page = await relayPage.answer(request);
      if (page === undefined) json(response, 404, { error: 'not-found', message: 'there is nothing here' });
      else {
        const etag = url.pathname === '/' && admin.edition !== undefined ? { etag: admin.edition } : {};
        sendAnswer(request, response, { ...page, headers: { ...page.headers, ...etag } });
      }
    }
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** A relay that is well. */
export function relayStatus(more: Partial<RelayStatus> = {}): RelayStatus {
  return {
    id: 'a1b2c3d4',
    name: 'ottawa',
    version: '0.1.0',
    node: 'v26.0.0',
    pid: 42,
    startedAt: '2026-03-01T18:00:00.000Z',
    uptimeSeconds: 3723,
    readiness: 'ready',
    workers: 1,
    logLevel: 'info',
    listeners: [{ listener: 'rtmp', host: '::', port: 1935, tls: false }],
    load: [
      { name: 'sessions', now: 5000, limit: 8000 },
      { name: 'players', now: 4990, limit: null },
      { name: 'sentBitsPerSecond', now: 3.2e9, limit: null },
      { name: 'cacheBytes', now: 95e6, limit: 100e6 },
    ],
    certificates: [],
    reload: { succeeded: true, at: '2026-03-01T18:00:00.000Z' },
    house: null,
    ...more,
  };
}

/** A stream that is well. */
export function streamStatus(stream: string, more: Partial<StreamStatus> = {}): StreamStatus {
  return {
    stream,
    state: 'live',
    family: 'FLV',
    since: '2026-03-01T18:00:04.120Z',
    source: {
      type: 'push',
      protocol: 'rtmp',
      peer: '192.0.2.7:51234',
      client: 'FMLE/3.0 (compatible; Lavf60.16)',
      session: 'c3',
    },
    tracks: [
      { kind: 'video', track: 0, codec: 'avc1' },
      { kind: 'audio', track: 0, codec: 'mp4a' },
    ],
    receivedBytes: 412_938_471,
    sentBytes: 82_587_694_200,
    receivedBitsPerSecond: 3_104_522,
    sentBitsPerSecond: 620_904_400,
    players: 200,
    waitingPlayers: 0,
    laggingPlayers: 0,
    droppedFrames: 0,
    backlogBytes: 0,
    cacheBytes: 775_301,
    cacheSeconds: 1.96,
    keyframeAgeSeconds: 1.1,
    keyframeIntervalSeconds: 2,
    videoFramesPerSecond: 25,
    recording: null,
    ...more,
  };
}

/** A player that is well. */
export function sessionStatus(id: string, more: Partial<SessionStatus> = {}): SessionStatus {
  return {
    id,
    role: 'player',
    protocol: 'http-flv',
    tls: false,
    serverName: null,
    stream: 'live/cam1',
    streams: ['live/cam1'],
    address: '198.51.100.20',
    client: 'VLC/3.0.21 LibVLC/3.0.21',
    identity: null,
    uid: null,
    via: null,
    receivedBytes: 3517,
    sentBytes: 93_120_884,
    since: '2026-03-01T18:12:31.077Z',
    receivedBitsPerSecond: 0,
    sentBitsPerSecond: 3_098_112,
    lagging: false,
    droppedFrames: 0,
    backlogBytes: 0,
    backlogMs: 0,
    ...more,
  };
}
