import { serveParent } from './store-process.ts';

await serveParent();
