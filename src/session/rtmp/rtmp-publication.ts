import { flvFrame } from '../../family/flv/flv-frame.ts';
import type { MediaType } from '../../protocol/rtmp/message/message.ts';
import type { PrefaceFrame } from '../../stream/frame.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';
import type { RecordingState } from '../../stream/source.ts';
import type { Challenge, Refusal } from '../access.ts';
import { type PublicationEnd, type PublicationWire, Publishing } from '../publishing.ts';
import { resumeProperty } from '../resume-text.ts';
import { RtmpActivity } from './rtmp-activity.ts';
import { publicationEnding, publishDenial, recordingStatus } from './rtmp-status.ts';

/** A publication on one message stream. */
export class RtmpPublication extends RtmpActivity implements PublicationWire {
  readonly activity: Publishing = new Publishing(this.host, this);

  override onMedia(type: MediaType, timestamp: number, payload: Buffer): void {
    const frame = flvFrame(type, timestamp, payload);
    if (frame !== undefined) this.activity.receive(frame);
  }

  onAccepted(key: string, _goesOnFrom?: readonly PrefaceFrame[], resumePoint?: ResumePoint): void {
    const more = resumeProperty(resumePoint);
    this.host.dialogue.acceptPublish(this.messageStreamId, `${key} is now published`, more);
    this.host.onPublishing();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.others.onOver(this.messageStreamId);
    this.host.dialogue.refusePublish(this.messageStreamId, publishDenial(denial));
    this.others.onDenied('publish', denial.description);
  }

  onRecording(state: RecordingState | 'denied', sentence: string): void {
    this.host.dialogue.status(this.messageStreamId, recordingStatus(state, sentence));
  }

  onEnded(end: PublicationEnd, sentence: string): void {
    this.others.onOver(this.messageStreamId);
    this.host.dialogue.refusePublish(this.messageStreamId, publicationEnding(end, sentence));
    this.others.closeIfIdle(sentence);
  }
}
