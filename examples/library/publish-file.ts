// Publishes an FLV file in real time.
//   node publish-file.ts FILE URL STREAM
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlvTagType, readFlv } from 'streampump/flv';
import { connectRtmp } from 'streampump/rtmp';

const typeOf = {
  [FlvTagType.audio]: 'audio',
  [FlvTagType.video]: 'video',
  [FlvTagType.script]: 'data',
} as const;

async function main([file = '', url = '', streamName = '']: readonly string[]): Promise<void> {
  await using session = await connectRtmp(url, { does: 'publish' });
  const publication = await session.publish(streamName);
  console.log(`publishing ${streamName}`);
  const begun = performance.now();
  for await (const { type, timestamp, payload } of readFlv(createReadStream(file))) {
    const wait = timestamp - (performance.now() - begun);
    if (wait > 0) await sleep(wait);
    await publication.send({ type: typeOf[type], timestamp, payload });
  }
  publication.close();
  console.log(`${file} is published`);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
