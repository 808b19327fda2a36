import { OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { type Api, openApi } from './api.ts';
import { printTable } from './table.ts';

type Image = Awaited<ReturnType<Api['images']['list']>>[number];

/** Verbs of images; a version is told by its image's name and its number. */
export function addImageVerbs(image: Command, stateOf: () => string): void {
  const call = async (work: (api: Api) => Promise<void>): Promise<void> => {
    const { api, close } = openApi(stateOf());
    try {
      await work(api);
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
