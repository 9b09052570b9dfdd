import { expect, test } from 'vitest';
import { RtmptClient } from '../../../src/protocol/rtmpt/rtmpt-client.ts';

/** A client whose server is the test. */
class Scene {
  readonly written: Buffer[] = [];
  readonly told: string[] = [];
  #sent: Buffer[] = [];
  readonly client: RtmptClient = new RtmptClient('x:80', {
    send: (bytes) => void this.#sent.push(bytes),
    onOpen: () => void this.told.push('open'),
    onBytes: (bytes) => void this.told.push(bytes.toString('latin1')),
    onAnswer: (isEmpty) => void this.told.push(isEmpty ? 'empty' : 'answered'),
    takeWritten: () => this.written.splice(0),
  });

  /** The requests since the last look: line and body. */
  asked(): string[] {
    return this.#sent.splice(0).map((bytes) => {
      const text = bytes.toString('latin1');
      const [line = ''] = text.split(' HTTP/1.1\r\n', 1);
      return `${line} ${JSON.stringify(text.slice(text.indexOf('\r\n\r\n') + 4))}`;
    });
  }

  answer(body: string, status = 200, more = ''): void {
    const head = `HTTP/1.1 ${status} Whatever\r\nContent-Length: ${body.length}\r\n${more}\r\n`;
    this.client.receive(Buffer.from(head + body, 'latin1'));
  }

  static open(): Scene {
    const scene = new Scene();
    scene.client.open();
    scene.answer('0.abc\n');
    scene.asked();
    scene.told.length = 0;
    return scene;
  }
}

test('asks one thing after the other, and hands on what is behind the polling interval', () => {
  const scene = new Scene();
  scene.client.open();
  expect(scene.asked()).toEqual(['POST /open/1 "\\u0000"']);
  scene.answer('0.abc\n');
  expect(scene.told).toEqual(['open']);
  scene.written.push(Buffer.from('he'), Buffer.from('llo'));
  scene.client.ask();
  scene.client.ask(); // one at a time
  expect(scene.asked()).toEqual(['POST /send/0.abc/0 "hello"']);
  scene.answer('\u0001welcome');
  scene.client.ask();
  expect(scene.asked()).toEqual(['POST /idle/0.abc/1 "\\u0000"']);
  scene.answer('\u0021');
  scene.client.close();
  expect(scene.asked()).toEqual(['POST /close/0.abc/2 "\\u0000"']);
  expect(scene.told).toEqual(['open', 'welcome', 'answered', 'empty']);
});

test('what was asked on a connection that is lost is asked again, and nothing of its answer comes twice', () => {
  const scene = Scene.open();
  scene.written.push(Buffer.from('x'));
  scene.client.ask();
  const [first = ''] = scene.asked();
  scene.client.receive(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\u0001abc', 'latin1'));
  scene.client.onConnected();
  expect(scene.asked()).toEqual([first]);
  scene.answer('\u0001abcdef');
  expect(scene.told).toEqual(['abc', 'def', 'answered']);
});

test('knows when the server closes the connection behind an answer', () => {
  const scene = Scene.open();
  scene.client.ask();
  scene.answer('\u0001', 200, 'Connection: close\r\n');
  expect(scene.client.needsConnection).toBe(true);
  scene.client.onConnected();
  expect([scene.client.needsConnection, scene.client.isAsking]).toEqual([false, false]);
});

test.each([
  { what: 'a server that knows nothing of it', isOpen: false, status: 404, code: 'RTMPT_REFUSED' },
  { what: 'a session that is over', isOpen: true, status: 404, code: 'RTMPT_REFUSED' },
  { what: 'no id', isOpen: false, status: 200, code: 'RTMPT_ANSWER_INVALID' },
])('$what', ({ isOpen, status, code }) => {
  const scene = isOpen ? Scene.open() : new Scene();
  if (isOpen) scene.client.ask();
  else scene.client.open();
  expect(() => scene.answer('', status)).toThrow(expect.objectContaining({ code }));
});

test('an answer that nobody has asked for is a fault', () => {
  expect(() => Scene.open().answer('\u0001')).toThrow(
    expect.objectContaining({ code: 'RTMPT_ANSWER_INVALID' }),
  );
});
