#pragma once
#include <JavaScriptCore/JavaScript.h>
#include <stdbool.h>

// What the library exports and no installed header declares (JSContextRefPrivate.h of WebKit).

/// Asked when a script has run for its limit. Returns whether it is to be ended.
typedef bool (*JSShouldTerminateCallback)(JSContextRef context, void *data);

/// `seconds` of processor time; the callback is asked again after as much again.
JS_EXPORT void JSContextGroupSetExecutionTimeLimit(
    JSContextGroupRef group, double seconds, JSShouldTerminateCallback callback, void *data);

/// Has `function` called with the promise and the reason of each rejection that nobody handles.
JS_EXPORT void JSGlobalContextSetUnhandledRejectionCallback(
    JSGlobalContextRef context, JSObjectRef function, JSValueRef *exception);

/// Has `finalizer` called at the end of each collection, on the thread that runs the scripts.
JS_EXPORT void JSContextGroupAddHeapFinalizer(
    JSContextGroupRef group, void (*finalizer)(JSContextGroupRef group, void *data), void *data);

/// An object with `heapSize`, `heapCapacity`, `extraMemorySize`, `objectCount` and more.
JS_EXPORT JSObjectRef JSGetMemoryUsageStatistics(JSContextRef context);
