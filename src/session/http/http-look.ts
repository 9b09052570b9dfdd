import type { Grant } from '../access.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import { otherFormat } from '../playing.ts';
import type { StreamLook } from '../streams.ts';
import { StreamActivity } from './http-activity.ts';
import { streamAnswer, writeHead } from './stream-answer.ts';

/** A look at a stream by whoever might play it: nobody waits for it, it is not fetched, and nobody counts as a player. */
export abstract class HttpLooking extends StreamActivity implements Asker {
  readonly activity: undefined;
  #inquiry: Inquiry | undefined;

  begin(): void {
    this.#inquiry = new Inquiry(this.host, this, 'play', this.wish, 'look');
  }

  override dismiss(reason: string): void {
    this.#inquiry?.cancel();
    this.host.farewell(503, reason);
  }

  onBroken(): void {
    this.#inquiry?.cancel();
  }

  onCut(): void {
    this.#inquiry?.cancel();
  }

  // --- what access says

  async onGranted(grant: Grant, signal: AbortSignal): Promise<undefined> {
    let seen: StreamLook | undefined;
    try {
      seen = await this.host.context.streams.look(grant);
    } finally {
      grant.release();
    }
    if (!signal.aborted) this.onSeen(seen);
  }

  onMissed(what: string): void {
    this.host.farewell(503, `no ${what} in time`);
  }

  /** What there is to play now, undefined if there is nothing: to be answered. */
  protected abstract onSeen(seen: StreamLook | undefined): void;
}

/** A HEAD of a stream: what GET would answer now. */
export class HttpLook extends HttpLooking {
  protected override onSeen(seen: StreamLook | undefined): void {
    const { exchange, host, target } = this;
    const answer = streamAnswer(target.format, exchange.request);
    const { family } = answer.form;
    if (seen === undefined) host.answer(answer.absentStatus, `there is no stream ${this.name} now`);
    else if ((seen.family ?? family) !== family)
      host.answer(406, otherFormat(this.name, seen.family, family));
    else {
      writeHead(exchange, answer, host.site);
      exchange.response.end();
      host.finish();
    }
  }
}
