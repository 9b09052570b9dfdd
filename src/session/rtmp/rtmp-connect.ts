import { authmodChallenge, authmodFailed, authmodNeeded } from '../../protocol/rtmp/dialogue/authmod.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import { type Application, type Challenge, type Grant, isChallenge, type Refusal } from '../access.ts';
import { Activity } from '../activity.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import type { Revocation } from '../session.ts';
import type { RtmpHost } from './rtmp-activity.ts';
import { redirection } from './rtmp-status.ts';

/** The leave to be connected at all, as long as the connection. */
export class RtmpConnect extends Activity implements Asker {
  readonly verb = 'connect';
  readonly #host: RtmpHost;
  readonly #about: Omit<Application, 'name'>;
  #inquiry: Inquiry | undefined;
  #isGranted = false;

  /** @param about - what the client says of itself */
  constructor(host: RtmpHost, about: Omit<Application, 'name'>) {
    super(host);
    this.#host = host;
    this.#about = about;
  }

  /** Whether the client may be here, and was told so. */
  get isGranted(): boolean {
    return this.#isGranted;
  }

  /** Asks whether the client may be here. */
  begin(): void {
    const { app, credentials, path } = this.#host;
    const [name = ''] = app.split('?', 1);
    const application = { name, ...this.#about };
    const wish = { readings: readingsOf(app), credentials, application, origin: undefined, path };
    this.#inquiry = new Inquiry(this.#host, this, 'connect', wish);
  }

  /** The connection is over. */
  leave(): void {
    this.#inquiry?.cancel();
    this.giveBack();
  }

  protected end(end: Revocation | 'shutdown', sentence: string): void {
    this.#host.endReason = end;
    if (end !== 'shutdown') this.#host.revokeAll(sentence, end);
    this.#host.dismiss(sentence);
  }

  onGranted(grant: Grant): undefined {
    this.goBy(grant);
    this.#inquiry = undefined;
    this.#isGranted = true;
    this.#host.dialogue.acceptConnect();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#host.dialogue.refuseConnect(this.#wordsOf(denial), redirection(denial));
    this.#host.close(denial.description);
  }

  onMissed(): void {
    this.#host.destroy();
  }

  /** What encoders understand goes before, or into, what people do. */
  #wordsOf(denial: Refusal | Challenge): string {
    const { authmod: shown } = this.#host.credentials;
    if (isChallenge(denial)) {
      const { authmod, description } = denial;
      return authmod === undefined
        ? authmodNeeded(description)
        : authmodChallenge(shown?.user ?? '', authmod.salt, authmod.opaque);
    }
    const isOfAnswer = denial.refused === 'credentials' || denial.refused === 'expired';
    return isOfAnswer && shown?.answer !== undefined ? authmodFailed(denial.description) : denial.description;
  }
}

/** An application names no stream, but encoders put behind it what lets them in. */
function readingsOf(app: string): readonly StreamKeyReading[] {
  const at = app.indexOf('?');
  return at === -1 ? [] : [{ key: '', query: app.slice(at + 1) }];
}
