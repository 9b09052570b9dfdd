import { followedBy } from '../../../../protocol/mmsh/mmsh-following.ts';
import { isMmsAgent } from '../../../../protocol/mmsh/mmsh-request.ts';
import type { Challenge, Refusal } from '../../../../session/access.ts';
import {
  type HttpExchange,
  type HttpHost,
  type RouteStream,
  StreamActivity,
} from '../../../../session/http/http-activity.ts';
import type { StreamTarget } from '../../../../session/http/http-target.ts';
import { mmshPurposeOf } from '../../../../session/mmsh/mmsh-client.ts';
import type { PlayerLeft } from '../../../../session/session.ts';
import { BroughtPlayer } from './brought-player.ts';
import type { HttpLineParts } from './http-line.ts';

/** A request of a player that follows no redirection: it is sent on to the relay, whose answer the player gets byte for byte. */
export class SplicedRequest extends StreamActivity {
  readonly activity: BroughtPlayer;
  readonly #does: 'play' | 'describe';

  /** @param does - what is asked for: a play counts */
  constructor(
    host: HttpHost,
    exchange: HttpExchange,
    target: StreamTarget,
    does: 'play' | 'describe',
    parts: HttpLineParts,
  ) {
    super(host, exchange, target);
    this.#does = does;
    const onDenied = (denial: Refusal | Challenge): void => this.onDenied(denial);
    this.activity = new BroughtPlayer(host, exchange, { name: this.name, does, onDenied }, parts);
  }

  begin(): void {
    this.activity.begin({ ...this.wish, follows: 'nothing', isDescription: this.#does === 'describe' });
  }

  override onHalfClosed(): void {
    this.host.destroy(); // who plays and has nothing more to say has gone
  }

  onBroken(why: PlayerLeft): void {
    this.activity.leave(why);
    this.host.destroy();
  }

  onCut(why: PlayerLeft): void {
    this.activity.leave(why);
  }
}

/** Brings the players of a dialogue to their relay that follow no redirection. @param own - answers all others */
export function bringing(own: RouteStream, parts: HttpLineParts): RouteStream {
  return (host, exchange, target) => {
    const { method, headers, httpVersionMinor } = exchange.request;
    const agent = headers['user-agent'] ?? '';
    const followsNothing = isMmsAgent(agent) && followedBy(agent, httpVersionMinor) === 'nothing';
    const purpose = mmshPurposeOf(exchange.request);
    if (!followsNothing || method !== 'GET' || (purpose !== 'play' && purpose !== 'describe'))
      own(host, exchange, target);
    else {
      host.speakAs('mmsh');
      host.start(new SplicedRequest(host, exchange, target, purpose, parts));
    }
  };
}
