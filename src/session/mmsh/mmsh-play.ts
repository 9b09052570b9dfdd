import { followedBy } from '../../protocol/mmsh/mmsh-following.ts';
import type { MediaKinds } from '../../stream/fan-out/wire-form.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';
import type { Wish } from '../connection.ts';
import type { HttpExchange, HttpHost } from '../http/http-activity.ts';
import { HttpPlay } from '../http/http-play.ts';
import type { HeaderFields } from '../http/http-status.ts';
import type { StreamTarget } from '../http/http-target.ts';
import type { PlayPurpose } from '../playing.ts';
import { decodeResume, RESUME_HEADER } from '../resume-text.ts';
import { mmshAnswer, selectionFor } from './mmsh-answer.ts';
import { type MmshClient, mmshHeaders, mmshPurposeOf } from './mmsh-client.ts';

/** A player of MMSH: what it asks for, and the media in the form that its request has chosen. */
export class MmshPlay extends HttpPlay {
  protected readonly client: MmshClient;
  override readonly headers: HeaderFields;

  constructor(
    host: HttpHost,
    exchange: HttpExchange,
    target: StreamTarget,
    client: MmshClient,
    purpose: PlayPurpose = 'play',
  ) {
    super(host, exchange, target, mmshAnswer(exchange.request, client), purpose);
    this.client = client;
    this.headers = mmshHeaders(client);
  }

  /** Of what it asks for later, too. */
  get clientId(): number {
    return this.client.id;
  }

  override get resume(): ResumePoint | undefined {
    return decodeResume(this.client.pragmas.get(RESUME_HEADER));
  }

  /** A client-id holds no place for who only wants the stream to be described: the play has the same. */
  protected override get wish(): Wish {
    const { headers, httpVersionMinor } = this.exchange.request;
    const { id, shows } = this.client;
    const follows = followedBy(headers['user-agent'] ?? '', httpVersionMinor);
    return { ...super.wish, follows, ...(shows === 'a client-id' ? { clientId: id } : {}) };
  }

  override onStarted(kinds: MediaKinds, path: readonly string[]): void {
    const { pragmas } = this.client;
    const selection = path.length > 0 ? 'relay' : selectionFor(pragmas, this.activity.prefaces());
    this.bring(mmshAnswer(this.exchange.request, this.client, selection));
    super.onStarted(kinds, path);
  }

  /** The player may say on the connection on which it plays that it has had enough. */
  override onFollowed(next: HttpExchange): void {
    if (mmshPurposeOf(next.request) !== 'stop') return;
    const { headersSent } = this.exchange.response;
    this.activity.leave('closed');
    this.onEnded(headersSent ? 'ended' : 'not-found', `${this.name} is not wanted any more`);
  }
}
