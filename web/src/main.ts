import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { vSince, vUntil } from "./look/timer";
import "./look/base.css";
import { router } from "./router";
import { texts } from "./texts";

createApp(App)
  .use(createPinia())
  .use(texts)
  .use(router)
  .directive("since", vSince)
  .directive("until", vUntil)
  .mount("#app");
