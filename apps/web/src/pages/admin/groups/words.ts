import type { GroupLosses } from '../../../api/client.ts';
import { listed } from '../../../components/people.ts';

/** What a person loses: "Office (open now), Browser". */
export const lossOf = ({
  desktops,
  applications,
}: Pick<GroupLosses['people'][number], 'desktops' | 'applications'>): string =>
  listed([
    ...desktops.map(({ title, session }) => (session === null ? title : `${title} (open now)`)),
    ...applications,
  ]);

/** Why a group cannot be deleted here. */
export const notDeleted = (source: string): string | undefined =>
  source === 'local' ? undefined : `It is of the directory “${source}”: take it out on the directory's page.`;

/** Why a group cannot be changed here. */
export const notHere = (source: string): string | undefined =>
  source === 'local' ? undefined : `It is read from the directory “${source}”: change it there.`;
