import type { StreamKeyReading } from '../../stream/stream-key.ts';
import type { Challenge, Grant, Refusal } from '../access.ts';
import { Activity } from '../activity.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import type { RtmpHost } from './rtmp-activity.ts';
import { redirection } from './rtmp-status.ts';

/** The leave to be connected at all, as long as the connection. */
export class RtmpConnect extends Activity implements Asker {
  readonly verb = 'connect';
  readonly #host: RtmpHost;
  #inquiry: Inquiry | undefined;

  constructor(host: RtmpHost) {
    super(host);
    this.#host = host;
  }

  /** Asks whether the client may be here. */
  begin(): void {
    const { app, credentials, path } = this.#host;
    const wish = { readings: readingsOf(app), credentials, origin: undefined, path };
    this.#inquiry = new Inquiry(this.#host, this, 'connect', wish);
  }

  /** The connection is over. */
  leave(): void {
    this.#inquiry?.cancel();
    this.giveBack();
  }

  protected end(end: 'revoked' | 'shutdown', sentence: string): void {
    this.#host.endReason = end;
    if (end === 'revoked') this.#host.revokeAll(sentence);
    this.#host.dismiss(sentence);
  }

  onGranted(grant: Grant): undefined {
    this.goBy(grant);
    this.#inquiry = undefined;
    this.#host.dialogue.acceptConnect();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#host.dialogue.refuseConnect(denial.description, redirection(denial));
    this.#host.close(denial.description);
  }

  onMissed(): void {
    this.#host.destroy();
  }
}

/** An application names no stream, but encoders put behind it what lets them in. */
function readingsOf(app: string): readonly StreamKeyReading[] {
  const at = app.indexOf('?');
  return at === -1 ? [] : [{ key: '', query: app.slice(at + 1) }];
}
