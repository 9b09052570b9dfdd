import { type MediaFormat, readMediaUrl } from '../../../media-url.ts';
import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';
import { rtmpTarget } from '../../../protocol/rtmp/rtmp-url.ts';
import { HttpFlvPull } from '../../../session/upstream/http-flv-pull.ts';
import { MmshPull } from '../../../session/upstream/mmsh/mmsh-pull.ts';
import { RtmpPull } from '../../../session/upstream/rtmp-pull.ts';
import type { UpstreamConnector } from '../../../session/upstream/server-connector.ts';
import type { PulledFor, Upstream, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import { WsFlvPull } from '../../../session/upstream/ws-flv-pull.ts';
import type { Clock } from '../../../stream/clock.ts';
import { displayUrl } from '../../../url-secrets.ts';

/** What is asked of an upstream. */
export interface UpstreamWish extends PulledFor {
  /** Without placeholders. */
  readonly url: string;
  /** What is to come from there. */
  readonly format: MediaFormat;
  readonly limits: ChunkReaderLimits;
  readonly connector: UpstreamConnector;
}

/** Opens the upstream that a URL stands for: here every protocol joins. @throws TypeError when the URL is none of them */
export function openUpstream(wish: UpstreamWish, events: UpstreamEvents): Upstream {
  const { waiting, resume, limits, connector } = wish;
  const { clock, connect } = connector;
  const url = readMediaUrl(wish.url);
  if (url === 'path') return nowhere(clock, events);
  if (typeof url === 'string') throw new TypeError(`no URL of an upstream: ${displayUrl(wish.url)}`);
  if (url.protocol === 'rtmp') return new RtmpPull(rtmpTarget(url), wish, { limits, clock, connect }, events);
  const pulled = { url, waiting, resume };
  if (wish.format === 'asf') return new MmshPull(pulled, connector, events);
  const flvWish = { ...pulled, maxTagBytes: limits.messageBytes };
  return url.protocol === 'ws'
    ? new WsFlvPull({ ...flvWish, maxMessageBytes: limits.partialBytes }, connector, events)
    : new HttpFlvPull(flvWish, connector, events);
}

/** A stream key with a segment that has another meaning in a path: no server has a stream there. */
function nowhere(clock: Clock, events: UpstreamEvents): Upstream {
  let isOver = false;
  const description = 'the stream key has a segment that cannot stand in a URL';
  clock.next(() => {
    if (!isOver) events.onEnd({ kind: 'not-found', description });
  });
  return {
    signsOfLife: 0,
    receivedBytes: 0,
    ping: () => {},
    close: () => {
      isOver = true;
    },
  };
}
