import { HttpFlvProtocol } from './http-flv-protocol.ts';
import type { PlayerProtocol, PlayerProtocolEvents } from './player-protocol.ts';
import { RtmpProtocol } from './rtmp-protocol.ts';
import type { LoadTarget } from './target.ts';

/** Makes the protocol that a target is played by: here every protocol joins. */
export function openProtocol(target: LoadTarget, events: PlayerProtocolEvents): PlayerProtocol {
  switch (target.scheme) {
    case 'rtmp':
    case 'rtmps':
      return new RtmpProtocol(target, events);
    case 'http':
    case 'https':
      return new HttpFlvProtocol(target, events);
    default:
      return target satisfies never;
  }
}
