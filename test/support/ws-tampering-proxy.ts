import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { FlvTagReader } from '../../src/protocol/flv/flv-tag-reader.ts';
import type { MediaMessage } from './fake-media.ts';
import { flvHeader, flvTag } from './flv-body.ts';
import type { MiddleProxy } from './middle-proxy.ts';
import type { Tamper } from './tampering-proxy.ts';

/** Stands between players and a relay that they would play FLV from over WebSocket. @param plant - makes the tampering of one connection */
export async function startWsTamperingProxy(relayUrl: string, plant: () => Tamper): Promise<MiddleProxy> {
  const proxy = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const upstreams = new Set<WebSocket>();
  proxy.on('connection', (player) => {
    const upstream = new WebSocket(relayUrl);
    upstreams.add(upstream);
    const tags = new FlvTagReader({ maxTagBytes: 2 ** 24 });
    const tamper = plant();
    player.on('error', () => {}).on('close', () => upstream.terminate());
    upstream.on('error', () => {}); // 'close' follows
    upstream.on('close', () => {
      upstreams.delete(upstream);
      player.close();
    });
    upstream.once('open', () => player.send(flvHeader));
    upstream.on('message', (bytes: Buffer) => {
      tags.push(bytes);
      for (const { type, timestamp, payload } of tags.tags()) {
        for (const part of tamper({ type, timestamp, messageStreamId: 1, payload }))
          player.send(Buffer.isBuffer(part) ? part : flvTag(part as MediaMessage));
      }
    });
  });
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const gone = [...upstreams].map((upstream) => once(upstream, 'close'));
      for (const upstream of upstreams) upstream.terminate();
      for (const player of proxy.clients) player.terminate();
      await Promise.all(gone);
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
