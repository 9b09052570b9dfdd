/** Descriptors that are kept for everything but sessions: listeners, files, upstreams, and a margin. */
const RESERVE = 256;

/** The limit on open files of this process; undefined where the platform does not tell. */
export function openFilesLimit(): number | undefined {
  const report = process.report?.getReport() as
    | { readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } } }
    | undefined;
  const soft = report?.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : undefined;
}

/** How many sessions the open-files limit allows, less a reserve. */
export function sessionsAllowedByOpenFiles(): number {
  const limit = openFilesLimit();
  return limit === undefined ? Number.POSITIVE_INFINITY : Math.max(16, limit - RESERVE);
}
