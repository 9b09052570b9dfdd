import { type RtmpWish, rtmpWireForm } from '../../family/flv/rtmp-wire-form.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import { UserControlEvent } from '../../protocol/rtmp/message/user-control.ts';
import { encodePath, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import type { Play } from '../../stream/stream-registry.ts';
import type { Challenge, Refusal } from '../access.ts';
import { type PlayEnd, Playing, type PlayWire } from '../playing.ts';
import type { SocketWriter } from '../socket-writer.ts';
import type { OtherActivities, RtmpHost } from './rtmp-host.ts';
import { playDenial, playEnding } from './rtmp-status.ts';

/** A play on one message stream. */
export class RtmpPlay implements PlayWire {
  readonly activity: Playing;
  readonly name: string;
  readonly writer: SocketWriter;
  readonly #host: RtmpHost;
  readonly #others: OtherActivities;
  #wish: RtmpWish;

  constructor(host: RtmpHost, others: OtherActivities, messageStreamId: number, name: string) {
    this.#host = host;
    this.#others = others;
    this.name = name;
    this.writer = host.connection.writer;
    this.#wish = { messageStreamId, audio: true, video: true };
    this.activity = new Playing(host.connection, this, rtmpWireForm(this.#wish));
  }

  /** receiveAudio and receiveVideo. */
  receive(kind: 'audio' | 'video', isWanted: boolean): void {
    this.#wish = { ...this.#wish, [kind]: isWanted };
    this.activity.change(rtmpWireForm(this.#wish));
  }

  onAccepted(): void {
    this.#host.onPlaying();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#others.onOver(this.#messageStreamId);
    this.#host.dialogue.endPlay(this.#messageStreamId, playDenial(denial));
    this.#others.onDenied('play', denial.description);
  }

  onDecided(): void {
    this.#host.release();
  }

  onMissed(): void {
    this.#host.destroy();
  }

  onStarted(_play: Play, path: readonly string[]): void {
    const more = this.activity.isRelay ? { [PATH_NAME]: this.#pathThroughHere(path) } : {};
    this.#host.dialogue.startPlay(this.#messageStreamId, `playing ${this.name}`, more);
  }

  onDry(isDry: boolean): void {
    const event = isDry ? UserControlEvent.streamDry : UserControlEvent.streamBegin;
    this.#host.dialogue.userControl(event, this.#messageStreamId);
  }

  onPath(path: readonly string[]): void {
    this.#host.dialogue.data(this.#messageStreamId, PATH_NAME, this.#pathThroughHere(path));
  }

  onEnded(end: PlayEnd, sentence: string): void {
    this.#others.onOver(this.#messageStreamId);
    // when this relay stops, the stream goes on elsewhere: a relay downstream shall not think that it has ended
    if (end === 'stalled' || (end === 'shutdown' && this.activity.isRelay)) {
      this.#host.destroy();
      return;
    }
    this.#host.dialogue.endPlay(this.#messageStreamId, playEnding(end, sentence));
    if (end === 'shutdown' || end === 'revoked') this.#host.close(sentence);
    else this.#others.checkIdle();
  }

  get #messageStreamId(): number {
    return this.#wish.messageStreamId;
  }

  /** What a relay is told of the relays that bring its stream. */
  #pathThroughHere(path: readonly string[]): AmfValue[] {
    return encodePath([this.#host.connection.context.streams.relayId, ...path]);
  }
}
