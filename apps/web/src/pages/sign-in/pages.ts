export { ForgotPage } from './ForgotPage.tsx';
export { ResetRoute, VerifyRoute } from './LinkRoutes.tsx';
