export { ForgotPage } from './ForgotPage.tsx';
export { BackRoute, LoginRoute, ResetRoute, SetupRoute, VerifyRoute } from './LinkRoutes.tsx';
