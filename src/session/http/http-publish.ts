import type { StreamIntake } from '../stream-format.ts';
import { BodyPublish } from './body-publish.ts';

/** A POST or PUT of a stream: its body is all of it. */
export class HttpPublish extends BodyPublish {
  begin(): void {
    this.publish();
  }

  protected override openIntake(): StreamIntake {
    return this.target.format.intake(this.host.meter);
  }

  protected override onWhole(intake: StreamIntake): void {
    intake.end();
    const { key } = this.activity;
    this.activity.leave('ended');
    this.host.answer(200, `${key} has ended: ${intake.summary}`);
  }
}
