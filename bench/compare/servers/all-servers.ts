import type { Server } from '../server.ts';
import { kernelFloor } from './kernel-floor.ts';
import { mediamtx } from './mediamtx.ts';
import { nginxRtmp } from './nginx-rtmp.ts';
import { nodeMediaServer } from './node-media-server.ts';
import { srs } from './srs.ts';
import { recorded, streampump } from './streampump.ts';
import { behindHaproxy, behindNginx } from './tls-fronts.ts';
import { zlmediakit } from './zlmediakit.ts';

/** What servers are made with. */
export interface ServerParts {
  /** Of the project, and of another build of it that is measured as well. */
  readonly root: string;
  readonly baseline: string | undefined;
  /** The floor's program, built. */
  readonly floor: string;
  /** What the floor writes to a player, bytes a second. */
  readonly bytesPerSecond: number;
}

/** All servers that rows may name. */
export function allServers({ root, baseline, floor, bytesPerSecond }: ServerParts): Server[] {
  const relay = streampump('streampump', root);
  return [
    kernelFloor(floor, bytesPerSecond),
    relay,
    ...(baseline === undefined ? [] : [streampump('baseline', baseline)]),
    streampump('streampump (cpuShare 0.6)', root, { fanOut: { cpuShare: 0.6 } }),
    streampump('streampump (window 150 ms)', root, { fanOut: { maxDelayMs: 150 } }),
    streampump('streampump (2 workers)', root, { workers: 2 }),
    streampump('streampump (recording)', root, recorded),
    behindNginx(relay),
    behindHaproxy(relay),
    nginxRtmp,
    nodeMediaServer,
    srs('srs'),
    srs('srs (100 ms)', 100),
    zlmediakit('zlmediakit (100 ms)', 100),
    mediamtx,
  ];
}
