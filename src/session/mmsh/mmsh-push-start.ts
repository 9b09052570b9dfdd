import { MmshIntake } from '../../family/asf/mmsh-intake.ts';
import type { MmshIds } from '../../protocol/mmsh/mmsh-ids.ts';
import { pushIdIn } from '../../protocol/mmsh/mmsh-request.ts';
import type { PrefaceFrame } from '../../stream/frame.ts';
import { FAREWELL_MS } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import { BodyPublish } from '../http/body-publish.ts';
import type { HttpExchange, HttpHost } from '../http/http-activity.ts';
import type { HeaderFields } from '../http/http-status.ts';
import type { StreamTarget } from '../http/http-target.ts';
import type { SeriesWatches } from '../published/series-watches.ts';
import type { PlayerLeft } from '../session.ts';
import type { StreamIntake } from '../stream-format.ts';
import { ENCODER_HEADERS, ENCODER_WAIT_MS } from './encoder-headers.ts';

/** By what PushStarts belong together. */
export interface PushSeries {
  /** The same in all threads. */
  readonly ids: MmshIds;
  /** Those of this thread. */
  readonly watches: SeriesWatches;
}

/** What an encoder sends that has none yet. */
const NO_PUSH_ID = '0';

/**
 * A PushStart: its body is packets as the encoder makes them. An encoder that has a push-id sends as many as it needs, each
 * going on where the one before was full. Without one it has asked for nothing, and there is one only.
 * @see MS-WMHTTP section 2.2.2.12
 */
export class MmshPushStart extends BodyPublish {
  override readonly headers: HeaderFields = ENCODER_HEADERS;
  override readonly faultStatus = 422;
  readonly #ids: MmshIds;
  readonly #watches: SeriesWatches;
  readonly #pushId: string | undefined;
  /** Runs while the stream has ended or paused, and the answer waits. */
  readonly #deadline: Deadline;
  #intake: MmshIntake | undefined;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget, { ids, watches }: PushSeries) {
    super(host, exchange, target);
    this.#ids = ids;
    this.#watches = watches;
    const shown = pushIdIn(exchange.request.headers.cookie);
    this.#pushId = shown === NO_PUSH_ID ? undefined : shown;
    this.#deadline = new Deadline(host.context.clock, () => host.run(() => this.#endRequest()));
  }

  /** How long it may send no packet, milliseconds. */
  get silenceMs(): number {
    return this.host.context.deadlines.pushSilenceMs;
  }

  begin(): void {
    const id = this.#pushId;
    if (id === undefined) this.publish();
    else if (this.#ids.knowsPushId(id, this.name)) this.publish({ id, watches: this.#watches });
    else {
      const description = `this push-id was not given here for ${this.name}: ask for one by a PushSetup`;
      this.refuse({ refused: 'access', description });
    }
  }

  protected override openIntake(goesOnFrom: readonly PrefaceFrame[] | undefined): StreamIntake {
    const header = goesOnFrom?.filter((frame) => frame.role === 'header').at(-1);
    this.#intake = new MmshIntake({ meter: this.host.meter, goesOnFrom: header });
    return this.#intake;
  }

  override proceed(): void {
    super.proceed();
    if (this.#intake?.ended !== 'over') return;
    if (this.isComplete) this.#answer();
    else if (!this.activity.isOver) {
      this.activity.leave('ended');
      this.#deadline.expect('end of the request', FAREWELL_MS);
    }
  }

  /** An encoder that has ended its stream need not fill its request. */
  override onBroken(why: PlayerLeft): void {
    if (this.#intake?.ended === 'over') this.#endRequest();
    super.onBroken(why);
  }

  override onCut(why: PlayerLeft): void {
    this.#deadline.clear();
    super.onCut(why);
  }

  /** The request is full. */
  protected override onWhole(intake: StreamIntake): void {
    if (this.#intake?.ended === 'over') this.activity.leave('ended');
    else this.#pause(intake);
  }

  #pause(intake: StreamIntake): void {
    intake.end();
    if (this.#pushId === undefined) {
      this.activity.leave('closed', 'its request ended before its stream');
      this.#answer();
      return;
    }
    this.#deadline.expect('pause', this.host.context.deadlines.idleMs);
    this.activity.pause(() => this.host.run(() => this.#answer()));
  }

  #answer(): void {
    this.#deadline.clear();
    if (!this.host.isAnswering(this.exchange)) return;
    this.host.waitFor(ENCODER_WAIT_MS);
    this.host.answer(204, '');
  }

  #endRequest(): void {
    this.#deadline.clear();
    this.host.farewell(204, '');
  }
}
