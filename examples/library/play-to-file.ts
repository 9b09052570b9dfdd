// Plays a stream into an FLV file until the stream ends.
//   node play-to-file.ts URL STREAM FILE
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type FlvTagContent, FlvTagType, writeFlv } from 'streampump/flv';
import { type ClientPlay, connectRtmp } from 'streampump/rtmp';

const typeOf = { audio: FlvTagType.audio, video: FlvTagType.video, data: FlvTagType.script };

/** The messages of a stream as the tags of a file, from time 0 on. */
async function* tagsOf(play: ClientPlay): AsyncGenerator<FlvTagContent> {
  let start: number | undefined;
  for await (const message of play) {
    if (message.type === 'status' || message.type === 'dry') continue;
    const { type, timestamp, payload } = message;
    if (type !== 'data') start ??= timestamp;
    yield { type: typeOf[type], timestamp: Math.max(0, timestamp - (start ?? timestamp)), payload };
  }
}

async function main([url = '', streamName = '', file = '']: readonly string[]): Promise<void> {
  await using session = await connectRtmp(url);
  const play = await session.play(streamName);
  console.log(`playing ${streamName}`);
  await pipeline(writeFlv(tagsOf(play)), createWriteStream(file));
  console.log(`${file} is written`);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
