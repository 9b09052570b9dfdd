import type { LoadTarget } from '../target.ts';
import { HttpFlvProtocol } from './http-flv-protocol.ts';
import type { PlayerProtocol, PlayerProtocolEvents } from './player-protocol.ts';
import { RtmpProtocol } from './rtmp-protocol.ts';
import { WsFlvProtocol } from './ws-flv-protocol.ts';

/** Makes the protocol that a target is played by: here every protocol joins. */
export function openProtocol(target: LoadTarget, events: PlayerProtocolEvents): PlayerProtocol {
  switch (target.protocol) {
    case 'rtmp':
      return new RtmpProtocol(target, events);
    case 'http':
      return new HttpFlvProtocol(target, events);
    case 'ws':
      return new WsFlvProtocol(target, events);
    default:
      return target satisfies never;
  }
}
