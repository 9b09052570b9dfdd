import { randomUUID } from 'node:crypto';
import type { LoadTarget } from '../target.ts';
import { AsfBody } from './asf-body.ts';
import { FlvMedia } from './flv-media.ts';
import { HttpProtocol } from './http-protocol.ts';
import { MmshBody } from './mmsh-body.ts';
import type { PlayerProtocol, PlayerProtocolEvents } from './player-protocol.ts';
import { RtmpProtocol } from './rtmp-protocol.ts';
import { RtmptProtocol } from './rtmpt-protocol.ts';
import { WsFlvProtocol } from './ws-flv-protocol.ts';

const AGENT = 'User-Agent: streampump load';

/** Makes the protocol that a target is played by: here every protocol joins. */
export function openProtocol(target: LoadTarget, events: PlayerProtocolEvents): PlayerProtocol {
  switch (target.protocol) {
    case 'rtmp':
      return target.isTunnelled ? new RtmptProtocol(target, events) : new RtmpProtocol(target, events);
    case 'http': {
      const body = target.format === 'asf' ? new AsfBody(events) : new FlvMedia(events);
      return new HttpProtocol(target, [AGENT], body, events);
    }
    case 'mmsh':
      return new HttpProtocol(target, mmshFields(), new MmshBody(events), events);
    case 'ws':
      return new WsFlvProtocol(target, events);
    default:
      return target satisfies never;
  }
}

/** Servers know a player of this family by the beginning of its name. @see MS-WMHTTP section 2.2.1.6 */
function mmshFields(): string[] {
  return [
    'User-Agent: NSPlayer/9.0.0.2980 streampump load',
    'Pragma: no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,max-duration=0',
    `Pragma: xClientGUID={${randomUUID()}}`,
    'Pragma: xPlayStrm=1',
  ];
}
