package dev.varve.benchmarks.engines;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The other end of an {@link EngineProcess}: starts one, tells it what to do, and ends it. */
final class EngineClient implements AutoCloseable {
  private static final String DONE = "done";
  private static final int SECONDS_TO_END = 60;

  /** What lmdbjava needs to reach addresses of direct buffers; the same for all engines. */
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xmx2g",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "-Dlmdbjava.disable.checks=true");

  private final Engine engine;
  private final Process process;
  private final OutputStream commands;
  private final BufferedReader answers;

  EngineClient(Engine engine, Path directory, int keys, long millis, long budgetMib) {
    this.engine = engine;
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(JVM_OPTIONS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(EngineProcess.class.getName());
    command.addAll(List.of(engine.name(), directory.toString()));
    command.addAll(
        List.of(Integer.toString(keys), Long.toString(millis), Long.toString(budgetMib)));
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    commands = process.getOutputStream();
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  void load() {
    ask("load");
  }

  Measurement run(Workload workload) {
    return Measurement.parse(ask(workload.name()));
  }

  private String ask(String command) {
    try {
      commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
      commands.flush();
      String line = answers.readLine();
      if (line == null || !line.startsWith(DONE)) {
        throw new IllegalStateException(engine.title() + " answered " + command + " by " + line);
      }
      return line.substring(DONE.length()).trim();
    } catch (IOException e) {
      throw new UncheckedIOException(engine.title() + " at " + command, e);
    }
  }

  @Override
  public void close() {
    try {
      commands.close();
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      answers.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
