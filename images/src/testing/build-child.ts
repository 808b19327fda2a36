/**
 * Builds one recipe in a process of its own, so that a test can kill it: `build-child.ts <recipe> <outDir>`.
 * Prints each progress event, then `{"built":…}` or `{"failed":{"code":…,"message":…}}`, one JSON a line.
 */
import { codeOf, messageOf } from '@orangery/std';
import { buildImage } from '../build.ts';
import { loadRecipe } from '../recipe.ts';

const [folder = '', outDir = ''] = process.argv.slice(2);
const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};
try {
  const recipe = await loadRecipe(folder);
  say({ built: await buildImage({ recipe, outDir, onProgress: say }) });
} catch (error) {
  say({ failed: { code: codeOf(error), message: messageOf(error) } });
}
