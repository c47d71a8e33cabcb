package dev.varve.benchmarks.engines;

import java.util.Formatter;
import java.util.Locale;

/**
 * A comparison as a chart: for each workload a group of bars, one for each engine, as long as its
 * rate beside RocksDB's with equal settings, on a logarithmic axis.
 */
final class SvgChart {
  private static final Engine BASE = Engine.ROCKSDB_EQUAL;
  private static final int LEFT = 150;
  private static final int WIDTH = 900;
  private static final int RIGHT = WIDTH - 60;
  private static final int TOP = 60;
  private static final int BAR = 9;
  private static final int GAP = 12;
  private static final double LEAST = 0.05;
  private static final double MOST = 20;
  private static final double[] TICKS = {0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20};

  private final Results results;
  private final StringBuilder svg = new StringBuilder();
  private final Formatter out = new Formatter(svg, Locale.ROOT);

  private SvgChart(Results results) {
    this.results = results;
  }

  static String of(Results results) {
    return new SvgChart(results).draw();
  }

  private String draw() {
    int group = BAR * results.engines().size() + GAP;
    int bottom = TOP + group * results.workloads().size();
    out.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            + "font-family=\"sans-serif\" font-size=\"12\">%n",
        WIDTH, bottom + 30);
    out.format("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
    legend();
    for (double tick : TICKS) {
      out.format(
          "<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\" stroke=\"%4$s\"/>%n",
          x(tick), TOP - 6, bottom, tick == 1 ? "#222" : "#ddd");
      out.format(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%sx</text>%n",
          x(tick), bottom + 18, tick < 1 ? Double.toString(tick) : Integer.toString((int) tick));
    }
    int y = TOP;
    for (Workload workload : results.workloads()) {
      out.format(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
          LEFT - 8, y + (group - GAP) / 2 + 4, workload.option());
      bars(workload, y);
      y += group;
    }
    return svg.append("</svg>\n").toString();
  }

  private void legend() {
    int x = LEFT;
    for (Engine engine : results.engines()) {
      out.format(
          "<rect x=\"%d\" y=\"14\" width=\"11\" height=\"11\" fill=\"%s\"/>%n", x, engine.color());
      out.format("<text x=\"%d\" y=\"24\">%s</text>%n", x + 16, engine.title());
      x += 36 + 7 * engine.title().length();
    }
    out.format(
        "<text x=\"%d\" y=\"44\" fill=\"#555\">rate beside %s (more is better)</text>%n",
        LEFT, BASE.title());
  }

  private void bars(Workload workload, int top) {
    int y = top;
    for (Engine engine : results.engines()) {
      double end = x(results.ratio(workload, engine, BASE));
      out.format(
          "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
          Math.min(x(1), end), y, Math.max(1, Math.abs(end - x(1))), BAR - 1, engine.color());
      y += BAR;
    }
  }

  private static double x(double ratio) {
    double share = Math.log(Math.clamp(ratio, LEAST, MOST) / LEAST) / Math.log(MOST / LEAST);
    return LEFT + share * (RIGHT - LEFT);
  }
}
