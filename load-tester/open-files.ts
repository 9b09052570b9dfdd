import { LoadError } from './load-error.ts';

/** Descriptors that are kept for everything but players. */
const RESERVE = 128;

/** @throws LoadError when the open-files limit does not allow that many players */
export function checkOpenFiles(players: number): void {
  const limit = openFilesLimit();
  if (limit === undefined || players + RESERVE <= limit) return;
  throw new LoadError(
    `${players} players need an open-files limit of ${players + RESERVE}, but it is ${limit}: raise it with ulimit -n`,
  );
}

function openFilesLimit(): number | undefined {
  const report = process.report?.getReport() as
    | { readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } } }
    | undefined;
  const soft = report?.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : undefined;
}
