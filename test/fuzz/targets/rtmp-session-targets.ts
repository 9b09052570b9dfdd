import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { ClientSession } from '../../../src/rtmp-session/client-session.ts';
import { ServerSession } from '../../../src/rtmp-session/server-session.ts';
import type { SessionEnd } from '../../../src/rtmp-session/session-link.ts';
import { captures } from '../engine/corpus.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { amfTokens } from './amf-targets.ts';
import { chunkTokens } from './rtmp-targets.ts';
import { planOf, type TargetPlan } from './target-plan.ts';

/** Small, so that they are met; nothing is a matter of time. */
const options = {
  limits: {
    messageBytes: 2 ** 15,
    partialBytes: 2 ** 16,
    chunkStreams: 12,
    unreadEvents: 8,
    runningCalls: 2,
  },
  deadlines: { pingMs: Number.POSITIVE_INFINITY },
  calls: { ask: () => 1 },
};

/** More turns than anything takes that ends. */
const MAX_TURNS = 200;

/** Reads all that an iteration has, until it ends or fails as it may. */
async function readAll(source: AsyncIterable<unknown>, told: string[]): Promise<void> {
  try {
    for await (const _ of source) told.push('event');
  } catch (error) {
    if (!(error instanceof Error)) throw new FuzzFault('no error', String(error));
  }
}

async function serve(session: ServerSession): Promise<void> {
  const told: string[] = [];
  const events = async (): Promise<void> => {
    for await (const event of session) {
      if (event.type === 'connect') event.accept();
      else if (event.type === 'publish') {
        if (event.streamName === 'no') event.refuse('no');
        else void readAll(event.accept(), told);
      } else if (event.type === 'play') {
        const play = event.accept();
        void play.send({ type: 'audio', timestamp: 0, payload: new Uint8Array(2) });
        session.call('ask').catch(() => {});
      }
    }
  };
  await events().catch(() => {}); // of what it may fail, `closed` tells
}

async function play(session: ClientSession): Promise<void> {
  const told: string[] = [];
  const connected = session.connect();
  session.call('ask').catch(() => {});
  const stream = session.play('a').then((played) => readAll(played, told));
  const publication = session.publish('b').then(async (published) => {
    await published.send({ type: 'audio', timestamp: 0, payload: new Uint8Array(2) });
  });
  await Promise.allSettled([connected, stream, publication, readAll(session, told)]);
}

/** A session in memory, whose peer says the input and goes: it has to end, and everything that waits for it. */
function sessionTarget(direction: 'to-server' | 'to-client'): TargetPlan {
  return planOf(
    {
      seeds: () => captures(direction, 'rtmp-').map(({ bytes }) => bytes.subarray(0, 8000)),
      tokens: [...amfTokens, ...chunkTokens],
    },
    false,
    async (pieces) => {
      const [own, peer] = duplexPair();
      peer.on('error', () => {});
      peer.resume();
      const session =
        direction === 'to-server'
          ? new ServerSession(own, options)
          : new ClientSession(own, { ...options, app: 'live' });
      const used = session instanceof ServerSession ? serve(session) : play(session);
      let end: SessionEnd | undefined;
      const isUsed = { over: false };
      void session.closed.then((closed) => {
        end = closed;
      });
      void used.then(() => {
        isUsed.over = true;
      });
      for (const piece of pieces) {
        peer.write(piece);
        await turn();
      }
      peer.end();
      for (let turns = 0; (end === undefined || !isUsed.over) && turns < MAX_TURNS; turns++) await turn();
      session.destroy();
      if (end === undefined) throw new FuzzFault('stays', 'the session goes on though its peer has gone');
      if (!isUsed.over) throw new FuzzFault('waits', 'something waits for a session that is over');
      if (end.error !== undefined && !['ProtocolError', 'RtmpRefusedError'].includes(end.error.name))
        throw new FuzzFault('error', end.error.stack ?? end.error.message);
      return [];
    },
  );
}

export const rtmpSessionTargets: Readonly<Record<string, TargetPlan>> = {
  'rtmp-session-server': sessionTarget('to-server'),
  'rtmp-session-client': sessionTarget('to-client'),
};
