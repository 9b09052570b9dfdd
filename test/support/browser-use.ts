/** What a web page does with the package: the source of a module, to be bundled. */
export const browserUse = `
  import { amfObject, decodeAmf3, encodeAmf3, ExternalizableObject, flexClasses } from 'streampump/amf';
  import { decodeVideoMessage, readFlv, writeFlv } from 'streampump/flv';
  import { ClientDialogue, MessageType, ProtocolError, ServerDialogue } from 'streampump/rtmp';

  const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 21, chunkStreams: 16 };

  /** Values of AMF3, there and back. */
  globalThis.roundTrip = () => {
    const list = ['sound', 'sound'];
    const collection = new ExternalizableObject(flexClasses.get('flex.messaging.io.ArrayCollection'), amfObject({ source: list }));
    const [value] = decodeAmf3(encodeAmf3(amfObject({ collection, time: new Date(7), bytes: Uint8Array.of(1, 2), text: 'gr\\u00fc\\u00df \\u{1f3b5}' })));
    const { source } = value.collection.properties;
    return { source, time: value.time.getTime(), bytes: [...value.bytes], text: value.text };
  };

  /** Reads a file and writes it again. */
  globalThis.readFile = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream();
    const tags = [];
    for await (const tag of readFlv(stream)) tags.push(tag);
    const written = [];
    for await (const part of writeFlv(tags)) written.push(part);
    const keyframes = tags.filter(({ type, payload }) => {
      const message = type === 9 && decodeVideoMessage(payload);
      return message && message.frameType === 1 && message.packet === 'codedFrames';
    });
    const copy = new Uint8Array(await new Blob(written).arrayBuffer());
    return { tags: tags.length, keyframes: keyframes.length, isSame: copy.every((byte, i) => byte === bytes[i]) && copy.length === bytes.length };
  };

  /** A client publishes to a server, both in this page. */
  globalThis.publish = () => {
    const seen = [];
    const queue = [];
    const server = new ServerDialogue(
      {
        send: (bytes) => queue.push(() => client.receive(bytes)),
        onConnect: ({ app }) => { seen.push('connect ' + app); server.acceptConnect(); },
        onPublish: ({ messageStreamId, streamName }) => {
          seen.push('publish ' + streamName);
          server.acceptPublish(messageStreamId, 'go on');
        },
        onMedia: (id, type, timestamp, payload) => seen.push([type, timestamp, ...payload].join(' ')),
        onPlay() {}, onStop() {}, onPause() {}, onReceive() {},
      },
      limits,
    );
    const client = new ClientDialogue(
      {
        send: (bytes) => queue.push(() => server.receive(bytes)),
        onStarted: () => client.sendMedia(MessageType.audio, 40, Uint8Array.of(0xaf, 1, 7)),
        onMedia() {}, onEnded() {},
        onRefused: ({ description }) => seen.push(description),
      },
      { does: 'publish', app: 'live', tcUrl: 'rtmp://page/live', streamName: 'cam1' },
      limits,
    );
    client.start();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
    try {
      new ServerDialogue({ send() {} }, limits).receive(Uint8Array.of(0x16, 3, 1));
    } catch (error) {
      seen.push(error instanceof ProtocolError ? error.code : String(error));
    }
    return seen;
  };
`;
