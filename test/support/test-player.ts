import { MessageType } from '../../src/protocol/rtmp/message/message.ts';
import { type MediaMessage, TestClient } from './test-client.ts';

/** Plays a stream and keeps every message of it. */
export class TestPlayer extends TestClient {
  /** @param key - stream key, perhaps with a query */
  static play(port: number, key: string): TestPlayer {
    return new TestPlayer(port, 'play', key);
  }

  /** Audio and video so far, without data messages. */
  get media(): MediaMessage[] {
    return this.messages.filter(({ type }) => type === MessageType.audio || type === MessageType.video);
  }

  /** Resolves with audio and video so far once there are that many. */
  async mediaOf(count: number): Promise<MediaMessage[]> {
    await this.waitFor(() => this.media.length >= count);
    return this.media;
  }
}
