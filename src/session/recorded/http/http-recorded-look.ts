import type { Challenge, Grant, Refusal } from '../../access.ts';
import { HttpActivity, type HttpExchange, type HttpHost } from '../../http/http-activity.ts';
import { type Asker, Inquiry } from '../../inquiry.ts';
import { objectionTo, openRecording, toldOf } from '../recorded-playing.ts';
import type { RecordingLibrary } from '../recording-library.ts';
import { answerDenial, recordedWish, writeRecordedHead } from './http-recorded-play.ts';
import { recordedAnswer } from './recorded-answer.ts';
import type { RecordedTarget } from './recorded-target.ts';

/** A HEAD of a recording: what GET would answer. Nobody counts as a player. */
export class HttpRecordedLook extends HttpActivity implements Asker {
  readonly activity: undefined;
  readonly #library: RecordingLibrary;
  readonly #target: RecordedTarget;
  #inquiry: Inquiry | undefined;

  constructor(host: HttpHost, exchange: HttpExchange, target: RecordedTarget, library: RecordingLibrary) {
    super(host, exchange);
    this.#target = target;
    this.#library = library;
  }

  begin(): void {
    const objection = objectionTo(this.host, this.#library);
    const wish = recordedWish(this.exchange, this.#target);
    if (objection === undefined) this.#inquiry = new Inquiry(this.host, this, 'playback', wish, 'look');
    else {
      this.host.reject(objection, this.#target.reading.key);
      this.onDenied(objection);
    }
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

  async onGranted(grant: Grant, signal: AbortSignal): Promise<Refusal | undefined> {
    grant.release();
    const found = await openRecording(this.#library, grant.key, this.#target.family, this.host);
    if (signal.aborted || 'refused' in found) return 'refused' in found ? found : undefined;
    const answer = await recordedAnswer(found, this.exchange.request, this.#target);
    if (signal.aborted || !this.host.isAnswering(this.exchange)) return undefined;
    writeRecordedHead(this.host, this.exchange, answer);
    this.exchange.response.end();
    this.host.finish();
    return undefined;
  }

  onDenied(denial: Refusal | Challenge): void {
    answerDenial(this.host, toldOf(denial));
  }

  onMissed(what: string): void {
    this.host.farewell(503, `no ${what} in time`);
  }
}
