// librdkafka starts its threads by C11's thrd_create, which ThreadSanitizer of g++ 12 does not know: the first of them would
// crash it. Linked into the programs of the tsan preset, these take its place and start them by pthread_create. Its locks are
// C11's too and unseen, so what happens inside librdkafka looks like races: it is left out, our own code is not.
#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

namespace {

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* raw) {
  const std::unique_ptr<Start> start(static_cast<Start*>(raw));
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(start->function(start->argument)));
}

}  // namespace

extern "C" {

const char* __tsan_default_suppressions() { return "called_from_lib:librdkafka.so\nrace:librdkafka.so\n"; }

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{function, argument});
  if (pthread_create(thread, nullptr, run, start.get()) != 0) return thrd_error;
  static_cast<void>(start.release());  // run() owns it
  return thrd_success;
}

int thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  if (pthread_join(thread, &value) != 0) return thrd_error;
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return thrd_success;
}

int thrd_detach(thrd_t thread) { return pthread_detach(thread) == 0 ? thrd_success : thrd_error; }
}
