import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { refreshSchema } from '@orangery/contract';
import { OrangeryError, systemClock } from '@orangery/std';
import type { Command } from 'commander';
import { type Api, openApi } from './api.ts';
import { printTable } from './table.ts';
import { RateBar, sendFile, sha256Of } from './upload.ts';

type Image = Awaited<ReturnType<Api['images']['list']>>[number];

/** Verbs of images; a version is told by its image's name and its number. */
export function addImageVerbs(image: Command, stateOf: () => string): void {
  const call = async (
    work: (api: Api, put: ReturnType<typeof openApi>['put']) => Promise<void>,
  ): Promise<void> => {
    const { api, put, close } = openApi(stateOf());
    try {
      await work(api, put);
    } finally {
      await close();
    }
  };
  const printJson = (answer: object): void =>
    void process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);

  image
    .command('versions <image>')
    .description('the versions of an image, and which pools make machines from which')
    .option('--json', 'one JSON document')
    .action((name: string, { json = false }: { json?: boolean }) =>
      call(async (api) => {
        const { versions } = await imageNamed(api, name);
        if (json) {
          printJson(versions);
          return;
        }
        const pools = (await api.pools.list()).filter((pool) => pool.image === name);
        printTable(
          versions.map((version) => ({
            version: version.version,
            current: version.current ? 'current' : '',
            state: version.phase,
            pools: pools
              .filter(
                ({ imageVersionId }) =>
                  imageVersionId === version.id || (imageVersionId === null && version.current),
              )
              .map((pool) => pool.name)
              .join(' '),
            notes: (version.reason ?? version.notes).split('\n')[0] ?? '',
          })),
          process.stdout,
        );
      }),
    );

  const verbs = [
    {
      name: 'current',
      summary:
        'pools follow this version from now on, forwards or back; machines are replaced as people log off',
      run: (api: Api, id: string) => api.images.makeCurrent({ id }),
      done: (version: string) => `version ${version} is current`,
    },
    {
      name: 'change',
      summary: 'begins the next version from this one in a machine of its own; open that in the console',
      run: async (api: Api, id: string) => {
        await api.drafts.open({ id });
        return api.images.list();
      },
      done: (version: string) => `a draft from version ${version} is being made; open it under Images`,
    },
    {
      name: 'discard',
      summary: 'takes a draft away, with all that was changed in it',
      run: (api: Api, id: string) => api.drafts.discard({ id }),
      done: (version: string) => `the draft of version ${version} is taken away`,
    },
    {
      name: 'retry',
      summary: 'builds or tests a version again that failed',
      run: (api: Api, id: string) => api.images.retryVersion({ id }),
      done: (version: string) => `version ${version} is tried again`,
    },
    {
      name: 'delete',
      summary: 'deletes a version that nothing uses; else says who does',
      run: (api: Api, id: string) => api.images.deleteVersion({ id }),
      done: (version: string) => `version ${version} is deleted`,
    },
  ];
  for (const { name: verb, summary, run, done } of verbs) {
    image
      .command(`${verb} <image> <version>`)
      .description(summary)
      .option('--json', 'one JSON document')
      .action((name: string, version: string, { json = false }: { json?: boolean }) =>
        call(async (api) => {
          const images = await run(api, versionNumbered(await imageNamed(api, name), version));
          if (json) printJson(images.find((each) => each.name === name)?.versions ?? []);
          else process.stdout.write(`${name}: ${done(version)}\n`);
        }),
      );
  }

  image
    .command('publish <image> <version>')
    .description('makes a draft a version: sealed, tested, then current')
    .option('--notes <text>', 'what is new in it', '')
    .option('--json', 'one JSON document')
    .action((name: string, version: string, { notes, json = false }: { notes: string; json?: boolean }) =>
      call(async (api) => {
        const id = versionNumbered(await imageNamed(api, name), version);
        const images = await api.drafts.publish({ id, notes });
        if (json) printJson(images.find((each) => each.name === name)?.versions ?? []);
        else process.stdout.write(`${name}: version ${version} is sealed, copied and tested now\n`);
      }),
    );

  image
    .command('refresh <image>')
    .description('builds it anew with today’s packages: now, or by itself from now on')
    .option('--now', 'now, if a package has changed')
    .option('--every <how often>', 'off, daily or weekly')
    .option('--at <hh:mm>', 'when', '03:00')
    .option('--weekday <number>', '1 is Monday', '1')
    .option('--time-zone <name>', 'as in Europe/Vienna', Intl.DateTimeFormat().resolvedOptions().timeZone)
    .option('--jitter <minutes>', 'it begins up to so much later', '30')
    .option('--json', 'one JSON document')
    .action((name: string, options: RefreshOptions) =>
      call(async (api) => {
        const { id } = await imageNamed(api, name);
        if (options.every !== undefined) await api.images.setRefresh({ id, ...scheduleOf(options) });
        if (options.now === true) await api.images.refreshNow({ id });
        const { refresh } = await imageNamed(api, name);
        if (options.json === true) {
          printJson(refresh);
          return;
        }
        const { every, nextAt, lastAt, lastResult } = refresh;
        process.stdout.write(`${name}: ${every}${nextAt === null ? '' : `, next ${nextAt}`}\n`);
        if (lastAt !== null) process.stdout.write(`last ${lastAt}: ${lastResult ?? ''}\n`);
      }),
    );

  image
    .command('import <file>')
    .description('brings a qcow2 or raw disk, or an installer’s ISO; again goes on where it was cut off')
    .requiredOption('--name <name>', 'of a new image, or of one whose next version it becomes')
    .option('--title <words>', 'of a new image')
    .option('--notes <text>', 'what is in it', '')
    .option('--iso', 'it is an installer: a machine is started from it')
    .option('--disk-gib <GiB>', 'of the installer’s empty disk', '20')
    .option('--no-checksum', 'do not read the file once more before, for its checksum')
    .option('--json', 'one JSON document')
    .action((file: string, options: ImportOptions) =>
      call(async (api, put) => {
        const imported = await importFile(api, put, file, options);
        if (options.json === true) printJson(imported);
        else process.stdout.write(`${options.name}: ${imported.says}\n`);
      }),
    );
}

type RefreshOptions = {
  now?: boolean;
  every?: string;
  at: string;
  weekday: string;
  timeZone: string;
  jitter: string;
  json?: boolean;
};

function scheduleOf({
  every,
  at,
  weekday,
  timeZone,
  jitter,
}: RefreshOptions): ReturnType<typeof refreshSchema.parse> {
  const [hours = 'none', minutes = '0'] = at.split(':');
  const parsed = refreshSchema.safeParse({
    every,
    weekday: Number(weekday),
    atMinute: Number(hours) * 60 + Number(minutes),
    timeZone,
    jitterMinutes: Number(jitter),
  });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new OrangeryError('badInput', faults.join('; '));
}

type ImportOptions = {
  name: string;
  title?: string;
  notes: string;
  iso?: boolean;
  diskGib: string;
  checksum: boolean;
  json?: boolean;
};

async function importFile(
  api: Api,
  put: ReturnType<typeof openApi>['put'],
  file: string,
  options: ImportOptions,
): Promise<{ id: string; says: string }> {
  const { name, title, notes, iso = false } = options;
  const out = options.json === true ? process.stderr : process.stdout;
  const { size: bytes } = await stat(file);
  const fileName = basename(file);
  const begun = (await api.images.list())
    .find((image) => image.name === name)
    ?.versions.find(
      ({ phase, upload }) => phase === 'uploading' && upload?.fileName === fileName && upload.bytes === bytes,
    );
  let id = begun?.id;
  if (id === undefined) {
    const checking = new RateBar('checksum', out, systemClock);
    const sha256 = options.checksum ? await sha256Of(file, (done) => checking.tell(done, bytes)) : undefined;
    ({ id } = await api.imports.begin({
      name,
      notes,
      fileName,
      bytes,
      kind: iso ? 'iso' : 'disk',
      diskGib: Number(options.diskGib),
      ...(title === undefined ? {} : { title }),
      ...(sha256 === undefined ? {} : { sha256 }),
    }));
  }
  const bar = new RateBar(fileName, out, systemClock);
  const { received } = await api.imports.show({ id });
  const onProgress = (sent: number): void => bar.tell(sent, bytes);
  await sendFile({ path: file, bytes, versionId: id, from: received, put, clock: systemClock, onProgress });
  const says = iso
    ? 'a machine is started from it; open it in the console, under Images'
    : `it is checked now; see: ./orangery image versions ${name}`;
  return { id, says };
}

async function imageNamed(api: Pick<Api, 'images'>, name: string): Promise<Image> {
  const found = (await api.images.list()).find((image) => image.name === name || image.id === name);
  if (found !== undefined) return found;
  throw new OrangeryError('notFound', `There is no image "${name}"`, {
    fix: 'See all: ./orangery image list',
  });
}

function versionNumbered({ name, versions }: Image, wanted: string): string {
  const found = versions.find(({ id, version }) => id === wanted || String(version) === wanted);
  if (found !== undefined) return found.id;
  throw new OrangeryError('notFound', `${name} has no version ${wanted}`, {
    fix: `See all: ./orangery image versions ${name}`,
  });
}
