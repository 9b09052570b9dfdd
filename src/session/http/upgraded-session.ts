import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Refusal } from '../access.ts';
import { Connection, FAREWELL_MS } from '../connection.ts';
import type { InputReader, PacedInput } from '../reading/paced-input.ts';
import type { SessionActivity, SessionContext, SessionRole } from '../session.ts';
import type { TakeUpgrade, UpgradeVisitor } from './http-activity.ts';
import { lastAnswer, sentenceHeaders, statusOf } from './http-status.ts';

/** A connection that has begun with HTTP and goes on with a protocol of others, as those who count connections see it. */
export class UpgradedSession extends Connection implements UpgradeVisitor, InputReader {
  #isKnown = false;
  #tell: ((reason: string) => void) | undefined;

  /** @param input - what the socket brings */
  constructor(socket: Socket, context: SessionContext, input: PacedInput) {
    super('http-flv', socket, context);
    this.input = input;
    input.handTo(this);
    socket.on('close', () => context.events.onClosed(this));
  }

  /** Hands it over, unless it may not come in; to be called once the session is counted. */
  begin(request: IncomingMessage, head: Buffer, take: TakeUpgrade): void {
    this.identify(request.headers['user-agent'] ?? '');
    this.atDoor(
      () => take(request, this.socket, head, this),
      (refusal) => this.#refuse(refusal),
    );
  }

  get role(): SessionRole {
    return this.#isKnown ? 'relay' : 'pending';
  }

  override accept(): void {
    this.#isKnown = true;
    super.accept();
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  *activities(): Generator<SessionActivity> {}

  readonly isHeld = false;

  proceed(): void {}

  onDismiss(tell: (reason: string) => void): void {
    this.#tell = tell;
  }

  override askToReconnect(): boolean {
    this.#tell?.('the server is shutting down');
    return this.#tell !== undefined;
  }

  dismiss(reason: string): void {
    if (this.#tell === undefined) this.destroy();
    else this.#tell(reason);
  }

  protected onFailed(): void {
    this.destroy();
  }

  #refuse(refusal: Refusal): void {
    const status = statusOf(refusal, 'play');
    const sentence = `${refusal.description}\n`;
    this.writer.write(lastAnswer(status, sentenceHeaders(status, sentence), sentence, true));
    this.socket.end();
    this.socket.resume();
    this.context.clock.after(FAREWELL_MS, () => this.destroy());
  }
}
