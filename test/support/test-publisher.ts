import { type MediaMessage, TestClient } from './test-client.ts';

/** Publishes exactly what it is told to. */
export class TestPublisher extends TestClient {
  /** Resolves once the relay on this port has accepted the publication. */
  static async start(port: number, key: string): Promise<TestPublisher> {
    const publisher = new TestPublisher(port, 'publish', key);
    await publisher.started;
    return publisher;
  }

  sendMedia(...messages: readonly MediaMessage[]): void {
    for (const { type, timestamp, payload } of messages) this.dialogue.sendMedia(type, timestamp, payload);
  }
}
