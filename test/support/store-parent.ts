/** A relay that records in a folder and is killed in the middle; it prints the store's process and the id of the recording. */
import { readFileSync } from 'node:fs';
import { SocketLink } from '../../src/recording/link/socket-link.ts';
import { startStore } from '../../src/recording/process/start-store.ts';
import { bbbPath, flvTags } from './media.ts';
import { beginRecording, recordedFrames, storeSettings } from './recording-scene.ts';

const [, , folder = ''] = process.argv;
const store = await startStore(storeSettings(folder), { onTold: () => {}, onExit: () => {} });
await store.ready;
const link = new SocketLink(store.socketPath, { onState: () => {} });
const { writer, begun } = beginRecording(link);
for (const frame of recordedFrames(flvTags(readFileSync(bbbPath)))) writer.write(frame);
const { id } = await begun;
process.stdout.write(JSON.stringify({ pid: store.pid, id }), () => process.kill(process.pid, 'SIGKILL'));
