// Publishes an FLV file in a loop, as a camera would, and connects again whenever the connection is lost.
//   node publish-again.ts FILE URL STREAM
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FlvTag, FlvTagType, readFlv } from 'streampump/flv';
import { connectRtmp } from 'streampump/rtmp';

const typeOf = {
  [FlvTagType.audio]: 'audio',
  [FlvTagType.video]: 'video',
  [FlvTagType.script]: 'data',
} as const;

/** The tags of the file, over and over, in real time. */
async function* camera(file: string): AsyncGenerator<FlvTag> {
  const begun = performance.now();
  for (let start = 0, last = 0; ; start = last + 40) {
    for await (const tag of readFlv(createReadStream(file))) {
      last = start + tag.timestamp;
      const wait = last - (performance.now() - begun);
      if (wait > 0) await sleep(wait);
      yield { ...tag, timestamp: last };
    }
  }
}

/** Publishes until the connection is lost; throws then. */
async function publish(
  file: string,
  url: string,
  streamName: string,
  onPublishing: () => void,
): Promise<void> {
  await using session = await connectRtmp(url, { does: 'publish' });
  const publication = await session.publish(streamName);
  onPublishing();
  for await (const { type, timestamp, payload } of camera(file))
    await publication.send({ type: typeOf[type], timestamp, payload });
}

async function main([file = '', url = '', streamName = '']: readonly string[]): Promise<void> {
  for (let pause = 250; ; pause = Math.min(2 * pause, 10_000)) {
    try {
      await publish(file, url, streamName, () => {
        console.log('publishing');
        pause = 250;
      });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw error;
      console.log(`${error instanceof Error ? error.message : error}; again in ${pause} ms`);
      await sleep(pause);
    }
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
