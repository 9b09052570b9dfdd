import { mmshWireForm } from '../../../src/family/asf/mmsh-wire-form.ts';
import { BytePlayer } from '../byte-player.ts';
import { ComplianceScene } from '../compliance-scene.ts';
import { settings } from '../fake-studio.ts';
import type { RawHttp } from '../http-client.ts';
import { MmshListener } from './mmsh-words.ts';

/** The stream that encoders push here, and where. */
export const pushKey = 'streams/a';
export const pushPath = '/streams/a_push';

/** How a PushStart looks; chunked where it has no length. */
export interface PushStartHead {
  /** Undefined: it shows none. */
  readonly pushId?: string | undefined;
  readonly length?: number;
  readonly path?: string;
}

/** Encoders that push, and players of what they push. */
export class PushScene extends ComplianceScene {
  /** Says yes to the question that was asked. */
  async letIn(): Promise<void> {
    (await this.asked()).decide(this.grant(pushKey));
    await this.settle();
  }

  /** Asks for a push-id, and is given one. */
  async setUp(client: RawHttp = this.connect()): Promise<string> {
    client.forget();
    client.send(`POST ${pushPath} HTTP/1.1\nHost: x\nContent-Type: application/x-wms-pushsetup\n`);
    client.send('Cookie: push-id=0\nContent-Length: 0\n\n');
    await this.letIn();
    const [, pushId = ''] = /^HTTP\/1\.1 204 .*set-cookie: push-id=(\S+)\r\n/s.exec(client.text) ?? [];
    client.forget();
    return pushId;
  }

  /** Sends the head of a PushStart. */
  head(client: RawHttp, { pushId, length, path = pushPath }: PushStartHead = {}): void {
    const cookie = pushId === undefined ? '' : `Cookie: push-id=${pushId}\n`;
    const size = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    const type = 'Content-Type: application/x-wms-pushstart';
    client.send(`POST ${path} HTTP/1.1\nHost: x\n${type}\n${cookie}${size}\n\n`);
  }

  /** Sends a whole PushStart that is let in. @returns what was answered */
  async post(client: RawHttp, body: Buffer, head: PushStartHead): Promise<string> {
    client.forget();
    this.head(client, { length: body.length, ...head });
    client.send(body);
    await this.letIn();
    return client.text;
  }

  /** Somebody plays from now on. @returns what it was sent since the last look, in words, and why it is over if it is */
  play(): () => Promise<string> {
    const player = new BytePlayer(this.clock);
    this.registry.play(pushKey, player, { form: mmshWireForm(false), lateJoin: 'keyframeGroup' });
    const listener = new MmshListener();
    return async () => {
      await this.pass(settings.maxDelayMs);
      const words = listener.hear(player.look());
      return `${words.join(' ')}${player.lookAtEnd()}`;
    };
  }
}
