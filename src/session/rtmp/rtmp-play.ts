import { type RtmpWish, rtmpWireForm } from '../../family/flv/rtmp-wire-form.ts';
import { StatusCode } from '../../protocol/rtmp/dialogue/status.ts';
import { UserControlEvent } from '../../protocol/rtmp/message/user-control.ts';
import { encodePath, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import type { MediaKinds } from '../../stream/fan-out/wire-form.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';
import type { Challenge, Refusal } from '../access.ts';
import { type PlayEnd, Playing, type PlayWire } from '../playing.ts';
import { RtmpActivity } from './rtmp-activity.ts';
import { playDenial, playEnding } from './rtmp-status.ts';

/** A play on one message stream. */
export class RtmpPlay extends RtmpActivity implements PlayWire {
  #wish: RtmpWish = { messageStreamId: this.messageStreamId, audio: true, video: true };
  readonly activity: Playing = new Playing(this.host, this, rtmpWireForm(this.#wish));

  get resume(): ResumePoint | undefined {
    return this.host.resume;
  }

  override pause(isPaused: boolean): void {
    this.activity.pause(isPaused);
  }

  override receive(kind: 'audio' | 'video', isWanted: boolean): void {
    this.#wish = { ...this.#wish, [kind]: isWanted };
    this.activity.change(rtmpWireForm(this.#wish));
  }

  onAccepted(): void {
    this.host.onPlaying();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.others.onOver(this.messageStreamId);
    this.host.dialogue.endPlay(this.messageStreamId, playDenial(denial));
    this.others.onDenied('play', denial.description);
  }

  onStarted(_kinds: MediaKinds, path: readonly string[]): void {
    const more = path.length > 0 ? { [PATH_NAME]: encodePath(path) } : {};
    this.host.dialogue.startPlay(this.messageStreamId, `playing ${this.name}`, more);
  }

  onDry(isDry: boolean): void {
    const event = isDry ? UserControlEvent.streamDry : UserControlEvent.streamBegin;
    this.host.dialogue.userControl(event, this.messageStreamId);
  }

  onPath(path: readonly string[]): void {
    const description = 'the stream now takes another path';
    const status = { level: 'status', code: StatusCode.playPathNotify, description } as const;
    this.host.dialogue.status(this.messageStreamId, status, { [PATH_NAME]: encodePath(path) });
  }

  onEnded(end: PlayEnd, sentence: string): void {
    this.others.onOver(this.messageStreamId);
    // when this relay stops, the stream goes on elsewhere: a relay downstream shall not think that it has ended
    if (end === 'stalled' || (end === 'shutdown' && this.activity.isRelay)) {
      this.host.destroy();
      return;
    }
    this.host.dialogue.endPlay(this.messageStreamId, playEnding(end, sentence));
    if (end === 'shutdown' || end === 'revoked' || end === 'kicked') this.others.closeIfIdle(sentence);
    else this.others.checkIdle();
  }
}
