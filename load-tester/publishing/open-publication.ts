import { readFile } from 'node:fs/promises';
import { ProtocolError } from '../../src/errors.ts';
import { LoadError } from '../load-error.ts';
import { type PublishTarget, resolveAddress } from '../target.ts';
import { AsfLoop } from './asf-loop.ts';
import { FlvLoop } from './flv-loop.ts';
import { LoopPublisher } from './loop-publisher.ts';
import { MmshPublishing } from './mmsh-publishing.ts';
import { RtmpPublishing } from './rtmp-publishing.ts';
import { RtmptPublishing } from './rtmpt-publishing.ts';

/**
 * Publishes a file over and over: FLV over RTMP, ASF as it is pushed over HTTP.
 * @throws LoadError when the file cannot be read, or nobody takes it
 */
export async function openPublication({
  file,
  target,
}: {
  readonly file: string;
  readonly target: PublishTarget;
}): Promise<LoopPublisher> {
  if (target.protocol === 'rtmp') {
    const loop = await readLoop(file, FlvLoop);
    return LoopPublisher.start(target, await resolveAddress(target), {
      pieces: loop.messages(),
      open: (events) =>
        target.isTunnelled ? new RtmptPublishing(target, events) : new RtmpPublishing(target, events),
    });
  }
  const loop = await readLoop(file, AsfLoop);
  return LoopPublisher.start(target, await resolveAddress(target), {
    pieces: loop.packets(),
    open: (events) => new MmshPublishing(target, loop.header, events),
  });
}

async function readLoop<Loop>(file: string, Kind: new (bytes: Buffer) => Loop): Promise<Loop> {
  try {
    return new Kind(await readFile(file));
  } catch (error) {
    const isKnown = error instanceof ProtocolError || error instanceof RangeError || isSystemError(error);
    if (!isKnown) throw error;
    throw new LoadError(`cannot publish ${file}: ${error.message}`);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
