import { setImmediate as turn } from 'node:timers/promises';
import { ServerEventReader } from '../../../src/commands/ctl/api/server-event-reader.ts';
import { askForTunnel } from '../../../src/session/upstream/proxy-tunnel.ts';
import { MemorySocket } from '../../support/memory-socket.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { plainBodies } from './seed-material.ts';
import { outcomeOf, planOf, type TargetPlan } from './target-plan.ts';

/** What pages use of the probe, which is no TypeScript. */
interface Probe {
  readonly announced: unknown;
  readonly audio?: unknown;
  readonly video?: unknown;
  readonly isComplete: boolean;
  push(bytes: Uint8Array): void;
}

const probeFile = new URL('../../../src/pages/flv-probe.js', import.meta.url).href;
const { FlvProbe } = (await import(probeFile)) as { readonly FlvProbe: new () => Probe };

export const clientTargets: Readonly<Record<string, TargetPlan>> = {
  'ctl-events': planOf(
    {
      seeds: () => [
        Buffer.from('id: 1\nevent: publish\ndata: {"a":1}\n\n: comment\n\ndata: x\r\ndata: y\r\n\r\nid:\n\n'),
        Buffer.from('data: äöü€𝄞\n\nretry: 1\ndata\n\n'),
      ],
      tokens: ['\n\n', '\r\n', 'data:', 'data: ', 'id: ', 'event: ', ':', '\r'],
    },
    true,
    (pieces) => {
      const reader = new ServerEventReader();
      return outcomeOf([RangeError], (values) => {
        for (const piece of pieces) values.push(...reader.push(piece));
        values.push(reader.lastId);
      });
    },
  ),
  'page-flv-probe': planOf(
    {
      seeds: () => [...plainBodies('to-client', 'http-pull'), ...plainBodies('to-server', 'http-publish')],
    },
    true,
    (pieces) => {
      const probe = new FlvProbe();
      for (const piece of pieces) probe.push(piece);
      const { announced, audio, video, isComplete } = probe;
      return [announced, audio, video, isComplete];
    },
  ),
  'proxy-tunnel': planOf(
    {
      seeds: () => [
        Buffer.from('HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n'),
        Buffer.from(
          'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno',
        ),
      ],
      tokens: [
        'HTTP/1.1 ',
        '200',
        '100 Continue\r\n\r\n',
        '101 ',
        '\r\n',
        '\r\n\r\n',
        'Transfer-Encoding: chunked\r\n',
        ': ',
        '\n',
      ],
    },
    false,
    async ([input = Buffer.alloc(0)]) => {
      const [near, far] = MemorySocket.pair(false);
      far.on('error', () => {});
      near.on('error', () => {});
      let answers = 0;
      askForTunnel(near, { host: 'origin', port: 1935 }, undefined, (refusal) => {
        answers++;
        if (refusal !== undefined && /[^\x20-\x7e]/.test(refusal)) throw new FuzzFault('refusal', refusal);
      });
      await turn();
      far.write(input);
      await turn();
      far.end();
      await turn();
      near.destroy();
      far.destroy();
      await turn();
      if (answers > 1) throw new FuzzFault('answers', `${answers} answers`);
    },
  ),
};
