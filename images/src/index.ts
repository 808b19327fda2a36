export { buildImage, type BuiltImage, planImage } from './build.ts';
export type { Packages } from './packages.ts';
export { type HostPackage, hostPackages } from './host-packages.ts';
export type { ImageProgress, Step } from './progress.ts';
export { loadRecipe, type Recipe, recipeHash, recipes } from './recipe.ts';
export { ImageKeep, type KeptImage } from './keep.ts';
export { Uploads } from './uploads.ts';
