package dev.varve.storage.engine;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One place where the engine is made to do something wrong, by a change of its bytecode as the
 * class is loaded: so the code under test has no switches. A place is a call within a method. What
 * is looked for and isn't there, or is there more often than it was said, is an error, so that no
 * fault goes missing when code moves.
 *
 * @param root beneath which classes are named, with a dot at its end
 * @param wrongTurns has the methods that are called in place of the right ones
 * @param what is wrong
 * @param type the class, by its name beneath the root
 * @param method the method that calls
 * @param callee what it calls there, as {@code Type.method}; null: the place is the method's
 *     beginning
 * @param calls how often it calls that; the first time is the place
 * @param change what becomes of the place
 * @param finder the test that must fail, as {@code package.Class.method} beneath the root; null:
 *     the simulation
 */
public record DeliberateFault(
    String root,
    Class<?> wrongTurns,
    String what,
    String type,
    String method,
    String callee,
    int calls,
    Change change,
    String finder) {
  static final String ROOT = "dev.varve.storage.";

  /** What becomes of the place. */
  private sealed interface Change {}

  /** The call isn't made; what it would have returned is {@code result}, 0 for null. */
  private record Skip(int result) implements Change {}

  /** A method of {@link WrongTurns} is called, with the same receiver and arguments. */
  private record Divert(String substitute) implements Change {}

  /** The next comparison after the call finds both sides equal. */
  private record TakeForEqual() implements Change {}

  /** A method of {@link WrongTurns} is called before, with some of the object's fields. */
  private record Precede(String intruder, List<String> fields) implements Change {}

  /** The call isn't made; what it would have returned is 0, false or null. */
  public static DeliberateFault skip(String what, String type, String method, String callee) {
    return new DeliberateFault(
        ROOT, WrongTurns.class, what, type, method, callee, 1, new Skip(0), null);
  }

  /** The call isn't made, and the answer is yes. */
  public static DeliberateFault affirm(String what, String type, String method, String callee) {
    return new DeliberateFault(
        ROOT, WrongTurns.class, what, type, method, callee, 1, new Skip(1), null);
  }

  /** A method of {@link WrongTurns} is called instead, with the same receiver and arguments. */
  public static DeliberateFault divert(
      String what, String type, String method, String callee, String substitute) {
    return new DeliberateFault(
        ROOT, WrongTurns.class, what, type, method, callee, 1, new Divert(substitute), null);
  }

  /** What is compared next after the call is taken for equal. */
  public static DeliberateFault takeForEqual(
      String what, String type, String method, String callee) {
    return new DeliberateFault(
        ROOT, WrongTurns.class, what, type, method, callee, 1, new TakeForEqual(), null);
  }

  /**
   * When the method is called, a method of {@link WrongTurns} is called first, with the values of
   * these fields and the method's own arguments.
   */
  static DeliberateFault precede(
      String what, String type, String method, String intruder, String... fields) {
    return new DeliberateFault(
        ROOT,
        WrongTurns.class,
        what,
        type,
        method,
        null,
        1,
        new Precede(intruder, List.copyOf(Arrays.asList(fields))),
        null);
  }

  /** The same where the method calls the callee so many times; the first time counts. */
  public DeliberateFault firstOf(int several) {
    return new DeliberateFault(
        root, wrongTurns, what, type, method, callee, several, change, finder);
  }

  /** The same for a test to find, as the simulation would need many seeds. */
  DeliberateFault foundBy(String test) {
    return new DeliberateFault(root, wrongTurns, what, type, method, callee, calls, change, test);
  }

  /**
   * The same of classes that are named beneath another root, with the methods of another class for
   * what is done instead.
   */
  public DeliberateFault beneath(String itsRoot, Class<?> turns) {
    return new DeliberateFault(itsRoot, turns, what, type, method, callee, calls, change, finder);
  }

  @Override
  public String toString() {
    return what;
  }

  /** The class with the fault in it; an error if the fault's place isn't there. */
  byte[] putInto(byte[] sound) {
    ClassFile file =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(getClass().getClassLoader())));
    AtomicInteger seen = new AtomicInteger();
    ClassTransform transform =
        (builder, element) -> {
          if (element instanceof MethodModel found && found.methodName().equalsString(method)) {
            CodeTransform code = new Code(found.methodTypeSymbol(), seen);
            builder.transformMethod(found, MethodTransform.transformingCode(code));
          } else {
            builder.with(element);
          }
        };
    byte[] faulty = file.transformClass(file.parse(sound), transform);
    if (seen.get() != calls) {
      throw new IllegalStateException(
          String.format(
              "\"%s\": %d calls of %s in %s.%s, not %d",
              what, seen.get(), callee, type, method, calls));
    }
    return faulty;
  }

  /** Changes the one place. */
  private final class Code implements CodeTransform {
    private final MethodTypeDesc caller;
    private final AtomicInteger seen;
    private boolean comparisonFollows;

    Code(MethodTypeDesc caller, AtomicInteger seen) {
      this.caller = caller;
      this.seen = seen;
    }

    @Override
    public void atStart(CodeBuilder builder) {
      if (change instanceof Precede precede) {
        seen.incrementAndGet();
        callFirst(builder, precede);
      }
    }

    private void callFirst(CodeBuilder builder, Precede precede) {
      ClassDesc owner = ClassDesc.of(root + type);
      for (String field : precede.fields()) {
        builder.aload(0).getfield(owner, field, fieldType(field));
      }
      for (int i = 0; i < caller.parameterCount(); i++) {
        builder.loadLocal(TypeKind.from(caller.parameterType(i)), builder.parameterSlot(i));
      }
      call(builder, precede.intruder());
    }

    private ClassDesc fieldType(String name) {
      try {
        Field field = Class.forName(root + type).getDeclaredField(name);
        return ClassDesc.ofDescriptor(field.getType().descriptorString());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("\"" + what + "\" needs a field that isn't there", e);
      }
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      if (comparisonFollows
          && element instanceof BranchInstruction branch
          && compare(builder, branch)) {
        return;
      }
      if (!(element instanceof InvokeInstruction invocation)
          || !isCallee(invocation)
          || seen.getAndIncrement() > 0) {
        builder.with(element);
        return;
      }
      switch (change) {
        case Skip skip -> skip(builder, invocation, skip.result());
        case Divert divert -> call(builder, divert.substitute());
        case TakeForEqual _ -> {
          comparisonFollows = true;
          builder.with(element);
        }
        case Precede _ -> throw new IllegalStateException(what);
      }
    }

    private boolean isCallee(InvokeInstruction invocation) {
      String owner = invocation.owner().asInternalName();
      String name = owner.substring(owner.lastIndexOf('/') + 1) + "." + invocation.name();
      return name.equals(callee);
    }

    /** Whether the branch is the comparison. */
    private boolean compare(CodeBuilder builder, BranchInstruction branch) {
      if (branch.opcode() == Opcode.IF_ICMPEQ) {
        builder.pop2().goto_(branch.target());
      } else if (branch.opcode() == Opcode.IF_ICMPNE) {
        builder.pop2();
      } else {
        return false;
      }
      comparisonFollows = false;
      return true;
    }

    private static void skip(CodeBuilder builder, InvokeInstruction invocation, int result) {
      MethodTypeDesc callType = invocation.typeSymbol();
      for (ClassDesc parameter : callType.parameterList().reversed()) {
        if (TypeKind.from(parameter).slotSize() == 2) {
          builder.pop2();
        } else {
          builder.pop();
        }
      }
      if (invocation.opcode() != Opcode.INVOKESTATIC) {
        builder.pop();
      }
      switch (TypeKind.from(callType.returnType())) {
        case VOID -> {}
        case LONG -> builder.loadConstant((long) result);
        case REFERENCE -> builder.aconst_null();
        default -> builder.loadConstant(result);
      }
    }

    private void call(CodeBuilder builder, String wrongTurn) {
      Method method =
          Arrays.stream(wrongTurns.getDeclaredMethods())
              .filter(each -> each.getName().equals(wrongTurn))
              .findAny()
              .orElseThrow();
      MethodType type = MethodType.methodType(method.getReturnType(), method.getParameterTypes());
      builder.invokestatic(
          ClassDesc.of(wrongTurns.getName()),
          wrongTurn,
          MethodTypeDesc.ofDescriptor(type.descriptorString()));
    }
  }
}
